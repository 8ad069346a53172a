from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from pioneer.errors import DataError
from pioneer.evaluation.measure import MEAN, Measure, is_mean
from pioneer.evaluation.paired import compare, mcnemar, mid_p, permutation_p, shared
from tests.evaluation.stat_rows import binary, labelled, partial, rows

GROUPS = st.sampled_from(("", "a", "b"))
PAIRS = st.lists(st.tuples(partial, partial, GROUPS), min_size=1, max_size=25)
MACRO = Measure("macro_recall", labelled)


@given(PAIRS, st.sampled_from((MEAN, MACRO)))
def test_compare_is_antisymmetric(pairs: list[tuple[float, float, str]], measure: Measure) -> None:
    groups = [group for *_, group in pairs]
    ours, theirs = rows([p[0] for p in pairs], groups), rows([p[1] for p in pairs], groups)
    one, other = compare(ours, theirs, measure), compare(theirs, ours, measure)
    assert (one.gained, one.lost, one.n) == (other.lost, other.gained, other.n)
    assert one.difference == pytest.approx(-other.difference)
    assert one.standard_error == pytest.approx(other.standard_error)
    assert one.mid_p == pytest.approx(1 - other.mid_p)
    assert one.mcnemar == pytest.approx(other.mcnemar)
    assert permutation_p(ours, theirs, measure) == pytest.approx(
        1 - permutation_p(theirs, ours, measure)
    )


@given(st.lists(partial, min_size=1, max_size=20))
def test_a_model_does_not_differ_from_itself(scores: list[float]) -> None:
    found = compare(rows(scores), rows(scores))
    assert (found.gained, found.lost, found.difference, found.standard_error) == (0, 0, 0.0, 0.0)
    assert (found.mid_p, found.mcnemar) == (0.5, 1.0)
    assert permutation_p(rows(scores), rows(scores), MEAN) == 0.5


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_binomial_test(gained: int, lost: int) -> None:
    expected = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar(gained, lost) == pytest.approx(expected)


def test_mid_p_is_the_tail_and_half_the_point() -> None:
    # X ~ Bin(4, 1/2): P(X > 3) + P(X = 3)/2 = 1/16 + 4/32
    assert mid_p(3, 1) == pytest.approx(3 / 16)


@given(st.lists(st.tuples(binary, binary), min_size=3, max_size=40))
def test_the_standard_error_of_single_rows_is_the_textbook_one(
    pairs: list[tuple[float, float]],
) -> None:
    deltas = [one - other for one, other in pairs]
    mean = sum(deltas) / len(deltas)
    variance = sum((d - mean) ** 2 for d in deltas) / (len(deltas) - 1)
    found = compare(rows([p[0] for p in pairs]), rows([p[1] for p in pairs]))
    assert found.standard_error == pytest.approx((variance / len(deltas)) ** 0.5)


def test_a_group_has_one_vote() -> None:
    ours = rows([1.0, 1.0, 1.0, 0.0], ["g", "g", "g", "h"])
    theirs = rows([0.0, 0.0, 1.0, 1.0], ["g", "g", "g", "h"])
    found = compare(ours, theirs)
    assert (found.n, found.gained, found.lost) == (2, 1, 1)
    assert found.difference == pytest.approx(0.25)


def test_partial_credit_is_no_gain_unless_the_family_says_passed() -> None:
    ours, theirs = rows([0.9, 0.2]), rows([0.4, 0.2])
    assert compare(ours, theirs).gained == 0
    assert compare(ours, theirs, passed=lambda stat: stat.score > 0.5).gained == 1


def test_the_jackknife_comes_close_to_the_exact_error() -> None:
    rng = random.Random(3)
    ours = rows([float(rng.random() < 0.8) for _ in range(600)])
    theirs = rows([float(rng.random() < 0.7) for _ in range(600)])
    barely = Measure("other", lambda stats, _: MEAN(stats) + 1e-6 * len(stats))
    assert not is_mean(barely, ours)
    exact = compare(ours, theirs).standard_error
    assert compare(ours, theirs, barely).standard_error == pytest.approx(exact, rel=0.35)


@pytest.mark.parametrize("measure", [MEAN, MACRO])
def test_a_permutation_test_finds_what_is_there_and_not_what_is_not(measure: Measure) -> None:
    rng = random.Random(1)
    base = [float(rng.random() < 0.7) for _ in range(200)]
    better = [1.0 if rng.random() < 0.3 else score for score in base]
    other = base[:]
    rng.shuffle(other)
    assert permutation_p(rows(better), rows(base), measure) < 0.01
    assert 0.05 < permutation_p(rows(other), rows(base), measure) < 0.95


def test_only_the_same_rows_compare() -> None:
    ours, theirs = rows([1.0, 0.0, 1.0]), rows([1.0, 0.0])
    with pytest.raises(DataError, match="of 3 and 2 rows 2 are shared"):
        compare(ours, theirs)
    mine, others = shared(ours, list(reversed(theirs)))
    assert [stat.id for stat in mine] == [stat.id for stat in others] == ["r0", "r1"]
    assert compare(mine, others).difference == 0.0
