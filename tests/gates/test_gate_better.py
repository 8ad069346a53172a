from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, norm
from statsmodels.stats.contingency_tables import mcnemar

from pioneer.errors import DataError
from pioneer.evaluation.measure import Measure
from pioneer.evaluation.paired import mid_p
from pioneer.gates.better import (
    better,
    is_gain,
    is_gain_in_traffic,
    permuted,
    traffic_p,
    weighted,
)
from pioneer.gates.records import PairedRow, Permuted, Shares, one_per_group, paired
from pioneer.records import RowStat
from tests.gates.gate_rows import rows

COUNTS = st.integers(0, 60)


@given(COUNTS, COUNTS)
def test_mid_p_against_statsmodels(fixed: int, broken: int) -> None:
    """Its two-sided exact p is twice the tail; mid-p takes half the observed point off."""
    found = better(rows(fixed, broken, right=1))
    if fixed > broken:
        exact = mcnemar([[1, broken], [fixed, 0]], exact=True).pvalue / 2
        expected = exact - binom.pmf(fixed, fixed + broken, 0.5) / 2
        assert found.numbers["p"] == pytest.approx(expected)
    assert found.passed == (found.numbers["p"] <= 0.05)
    assert found.passed == is_gain(fixed, broken)


def test_mid_p_by_hand() -> None:
    # 4 of 4: (1/2)^4 / 2 = 1/32; 5 of 6: 1/64 + 6/64/2 = 1/16; 6 of 7: 1/128 + 7/128/2
    assert better(rows(fixed=4)).numbers["p"] == pytest.approx(1 / 32)
    assert better(rows(fixed=5, broken=1)).numbers["p"] == pytest.approx(1 / 16)
    assert better(rows(fixed=6, broken=1)).numbers["p"] == pytest.approx(9 / 256)
    assert [is_gain(4, 0), is_gain(3, 0), is_gain(5, 1), is_gain(6, 1)] == [1, 0, 0, 1]


def test_no_change_is_no_gain() -> None:
    found = better(rows(right=300))
    assert not found.passed
    assert found.numbers["p"] == 0.5
    assert better([]).passed is False


@given(COUNTS, COUNTS)
def test_one_more_fix_never_hurts_and_one_more_break_never_helps(fixed: int, broken: int) -> None:
    assert is_gain(fixed, broken) <= is_gain(fixed + 1, broken)
    assert is_gain(fixed, broken + 1) <= is_gain(fixed, broken)


def test_weighted_z_by_hand() -> None:
    # 20 of 50 failures fixed, 1 of 100 passes broken; 10 % of traffic fails:
    # d = .1 x .4 - .9 x .01 = .031; var = .01 x .24/50 + .81 x q(1-q)/100, q = 1.5/101
    gain, z = weighted(20, 50, 1, 100, Shares(0.1))
    q = 1.5 / 101
    assert gain == pytest.approx(0.031)
    assert z == pytest.approx(0.031 / math.sqrt(0.01 * 0.24 / 50 + 0.81 * q * (1 - q) / 100))
    found = better(rows(fixed=20, broken=1, right=99, wrong=30), Shares(0.1))
    assert found.numbers["z"] == pytest.approx(z)
    assert found.passed
    assert "+3.1 points in traffic" in found.sentence


def test_what_the_failures_gain_the_passes_may_cost() -> None:
    """Raw counts would call it better; in traffic, where 5 % fail, it is much worse."""
    many = rows(fixed=40, broken=12, right=88, wrong=10)
    assert better(many).passed
    found = better(many, Shares(0.05))
    assert not found.passed
    assert found.numbers["gain"] == pytest.approx(0.05 * 0.8 - 0.95 * 0.12)


@pytest.mark.parametrize(("fixed", "wrong", "right"), [(30, 30, 2), (30, 30, 0), (0, 0, 9)])
def test_without_passes_or_failures_nothing_is_shown(fixed: int, wrong: int, right: int) -> None:
    assert not better(rows(fixed=fixed, right=right, wrong=wrong - fixed), Shares(0.1)).passed


@given(st.integers(1, 60), st.integers(1, 200), st.data(), st.floats(0.01, 0.6))
def test_the_weighted_gain_is_monotone(
    wrong: int, right: int, data: st.DataObject, share: float
) -> None:
    fixed = data.draw(st.integers(0, wrong - 1))
    broken = data.draw(st.integers(0, right - 1))
    passes = [
        is_gain_in_traffic(fixed + more, wrong, broken + worse, right, Shares(share))
        for more, worse in ((0, 1), (0, 0), (1, 0))
    ]
    assert passes == sorted(passes)


@pytest.mark.parametrize(("sampled", "flips"), [(150, 0.01), (150, 0.02), (500, 0.01), (45, 0.02)])
def test_the_traffic_test_keeps_its_level_and_z_alone_does_not(sampled: int, flips: float) -> None:
    """No true gain, 15 % of traffic fails, `sampled` failures and passes each."""
    rng, shares = np.random.default_rng(sampled), Shares(0.15)
    fixed = rng.binomial(sampled, flips / shares.wrong, 4000)
    broken = rng.binomial(sampled, flips / shares.right, 4000)
    drawn = [(int(b), sampled, int(c), sampled) for b, c in zip(fixed, broken, strict=True)]
    assert np.mean([is_gain_in_traffic(*each, shares) for each in drawn]) < 0.055
    assert np.mean([weighted(*each, shares)[1] >= norm.ppf(0.95) for each in drawn]) > 0.06


@given(COUNTS, COUNTS, st.sampled_from((0.5, 0.15, 0.4)))
def test_mid_p_at_the_odds_of_traffic(fixed: int, broken: int, odds: float) -> None:
    changed = fixed + broken
    at_least = binomtest(fixed, changed, 1 - odds, alternative="greater").pvalue if changed else 1
    point = binom.pmf(fixed, changed, 1 - odds)
    assert traffic_p(fixed, broken, odds) == pytest.approx(at_least - point / 2)
    assert traffic_p(fixed, broken) == pytest.approx(mid_p(fixed, broken))


def stats(outputs: list[str], targets: list[str]) -> list[RowStat]:
    return [
        RowStat(f"r{at}", "", float(out == want), want, out, 0.5)
        for at, (out, want) in enumerate(zip(outputs, targets, strict=True))
    ]


def f1(found: object, _metric: str) -> float:
    """F1 of `yes`: no mean over rows."""
    assert isinstance(found, list)
    true = sum(stat.target == stat.output == "yes" for stat in found)
    said = sum(stat.output == "yes" for stat in found)
    meant = sum(stat.target == "yes" for stat in found)
    return 2 * true / (said + meant) if said + meant else 1.0


def test_metrics_that_are_no_shares_are_permuted() -> None:
    rng = random.Random(2)
    targets = ["yes" if rng.random() < 0.3 else "no" for _ in range(200)]
    poor = [t if rng.random() < 0.75 else "no" for t in targets]
    good = [t if rng.random() < 0.9 else p for t, p in zip(targets, poor, strict=True)]
    found = permuted(stats(good, targets), stats(poor, targets), Measure("f1", f1))
    assert better(rows(right=200), found=found).passed
    assert "permutation p" in better(rows(right=200), found=found).sentence
    same = permuted(stats(poor, targets), stats(poor, targets), Measure("f1", f1))
    assert same.p == 0.5
    assert not better(rows(fixed=50), found=same).passed
    assert better([], found=Permuted("f1", 0.1, 0.05)).passed


def test_pairs_come_from_the_scores_of_both_versions() -> None:
    before = stats(["no", "yes"], ["yes", "yes"])
    after = list(reversed(stats(["yes", "yes"], ["yes", "yes"])))
    found = paired(before, after, lambda stat: stat.score == 1.0, {"r0": "yes"}, {"web": {"r1"}})
    assert found == (
        PairedRow("r0", "r0", False, True, "yes", ()),
        PairedRow("r1", "r1", True, True, "", ("web",)),
    )
    with pytest.raises(DataError, match="of 2 and 1 rows 1 are shared"):
        paired(before, after[:1], lambda stat: True)


def test_who_speaks_for_a_group_does_not_depend_on_the_answers() -> None:
    two = [PairedRow("b", "g", False, True), PairedRow("a", "g", True, True)]
    assert [row.id for row in one_per_group(two)] == ["a"]
    assert one_per_group(two, seen={"g"}) == []


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, 1.5])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(DataError, match="between 0 and 1"):
        Shares(share)
