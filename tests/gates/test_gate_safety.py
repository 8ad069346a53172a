"""Rules (b), (c) and (d): regressions, the best earlier version, slices, the export."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from pioneer.errors import ArgumentError
from pioneer.gates.better import break_odds
from pioneer.gates.earlier import best_earlier
from pioneer.gates.export import agreement, export
from pioneer.gates.limit import Limit, limit_of, quantile
from pioneer.gates.records import Agreement, Earlier, PairedRow, Shares
from pioneer.gates.regressions import regression_set, regressions, twice_as_many
from pioneer.gates.slices import loss_p, slices
from tests.gates.gate_rows import rows


@pytest.mark.parametrize(("right", "allowed"), [(200, 5), (300, 6), (1000, 15), (50, 2), (0, 2)])
def test_the_limit_grows_as_the_method_says(right: int, allowed: int) -> None:
    assert Limit().allowed(right) == allowed


@given(st.integers(0, 1200), st.integers(0, 20))
def test_the_limit_is_the_binomial_quantile(right: int, count: int) -> None:
    limit = Limit(count)
    for allowed, rate in (
        (limit.allowed(right), limit.rate),
        (limit.allowed_if_twice(right), 3 * limit.rate),
    ):
        assert allowed >= count
        assert binom.cdf(allowed, right, rate) >= 0.95
        assert allowed == count or binom.cdf(allowed - 1, right, rate) < 0.95
    assert limit.allowed(right) <= limit.allowed(right + 1)
    assert limit.allowed(right) <= limit.allowed_if_twice(right)


def test_the_limit_is_read_or_refused() -> None:
    assert limit_of("2") == Limit(2)
    assert limit_of(" strict:7 ") == Limit(7, strict=True)
    assert Limit(7, strict=True).allowed(100_000) == 7
    assert quantile(300, 0.0) == 0
    for text in ("", "two", "-1", "strict:", "strict:-1", "2.5", "loose:2", "strict:2:3", "٣"):
        with pytest.raises(ArgumentError, match="regression limit"):
            limit_of(text)
    with pytest.raises(ArgumentError, match="0 to 20"):
        limit_of("21")
    assert limit_of("strict:21").count == 21


@pytest.mark.parametrize(
    ("fixed", "broken", "limit", "passed"),
    [
        (0, 6, Limit(), True),  # 300 were right: 6 may break
        (0, 7, Limit(), False),
        (14, 7, Limit(), True),  # twice as many fixed: 14 may break
        (13, 7, Limit(), False),
        (28, 14, Limit(), True),
        (40, 15, Limit(), False),
        (40, 3, Limit(2, strict=True), False),
        (0, 2, Limit(2, strict=True), True),
        (40, 1, Limit(0), False),
        (0, 0, Limit(0), True),
    ],
)
def test_regressions_by_hand(fixed: int, broken: int, limit: Limit, passed: bool) -> None:
    found = regressions(rows(fixed, broken, right=300 - broken), [], limit)
    assert found.passed is passed
    assert (found.numbers["right"], found.numbers["broken"]) == (300, broken)


def test_ratchet_rows_count_too_but_fix_nothing() -> None:
    gate, ratchet = rows(10, 2, right=198), rows(50, 5, right=95, part="r")
    found = regressions(gate, ratchet, Limit())
    assert (found.numbers["right"], found.numbers["broken"]) == (300, 7)
    assert found.numbers["twice_as_many_fixed"]
    assert found.passed
    alone = regressions(rows(3, 2, right=198), ratchet, Limit())
    assert not alone.passed
    assert "7 are broken, 6 may be" in alone.sentence


@pytest.mark.parametrize("right", [0, 1, 2])
def test_a_limit_that_nothing_could_exceed_is_no_test(right: int) -> None:
    found = regressions(rows(fixed=90, right=right, wrong=10), [], Limit())
    assert not found.passed
    assert "too few to see what breaks" in found.sentence


def test_strict_is_taken_at_its_word_where_there_is_any_row() -> None:
    assert regressions(rows(broken=2), [], Limit(2, strict=True)).passed
    assert not regressions(rows(fixed=2), [], Limit(2, strict=True)).passed


def test_twice_as_many_is_counted_in_traffic() -> None:
    assert twice_as_many(20, 150, 10, 150)
    # .1 x 20/150 = .0133 against 2 x .9 x 10/150 = .12
    assert not twice_as_many(20, 150, 10, 150, Shares(0.1))
    assert twice_as_many(20, 150, 1, 150, Shares(0.1))
    assert twice_as_many(0, 0, 0, 150, Shares(0.1))
    assert not twice_as_many(0, 0, 1, 150, Shares(0.1))


@settings(max_examples=25)
@given(st.integers(0, 99), st.integers(1, 1200))
def test_the_regression_set_keeps_each_labels_share(seed: int, most: int) -> None:
    many = [
        PairedRow(f"r{at}", f"g{at}", at % 5 != 0, True, "often" if at % 4 else "seldom")
        for at in range(1500)
    ]
    chosen = regression_set(random.Random(seed).sample(many, 1500), most)
    assert len(chosen) == min(most, 1200)
    assert all(row.was_right for row in chosen)
    assert {row.id for row in chosen} == {row.id for row in regression_set(many, most)}
    counts = Counter(row.label for row in chosen)
    assert abs(counts["seldom"] - len(chosen) / 4) <= 1


def test_which_rows_are_judged_does_not_depend_on_the_candidate() -> None:
    good = [PairedRow(f"r{at}", f"g{at}", True, True, "ab"[at % 2]) for at in range(1300)]
    bad = [PairedRow(row.id, row.group, True, False, row.label) for row in good]
    assert [row.id for row in regression_set(good)] == [row.id for row in regression_set(bad)]


@given(st.integers(0, 50), st.integers(0, 50), st.sampled_from((0.5, 0.15, 0.3)))
def test_a_slice_is_tested_by_the_binomial_test(fixed: int, broken: int, odds: float) -> None:
    changed = fixed + broken
    expected = binomtest(broken, changed, odds, alternative="greater").pvalue if changed else 1.0
    assert loss_p(fixed, broken, odds) == pytest.approx(expected)
    assert loss_p(fixed, broken + 1, odds) <= loss_p(fixed, broken, odds)
    assert loss_p(fixed + 1, broken, odds) >= loss_p(fixed, broken, odds)


def test_five_broken_rows_of_a_label_are_a_loss_and_four_are_not() -> None:
    # 2^-5 = .031, 2^-4 = .0625
    assert slices(rows(broken=4, label="a"), []).passed
    found = slices([*rows(broken=5, label="a"), *rows(fixed=60, label="b")], [])
    assert not found.passed
    assert found.numbers["losses"] == [
        {"rows": "gate", "slice": "label a", "fixed": 0, "broken": 5, "p": 1 / 32}
    ]
    assert "label a (gate rows): 5 broken, 0 fixed, p 0.031" in found.sentence


def test_gate_and_ratchet_rows_are_asked_apart() -> None:
    gate, ratchet = rows(broken=3, label="a"), rows(broken=3, label="a", part="r")
    assert slices(gate, ratchet).passed
    assert slices(gate, ratchet).numbers["asked"] == 2
    lost = slices(rows(fixed=9, label="a"), rows(broken=5, label="a", part="r"))
    assert not lost.passed
    assert "ratchet" in lost.sentence


def test_a_named_slice_can_hold_what_labels_hide() -> None:
    spread = [
        PairedRow(f"r{at}", f"g{at}", True, at > 4, f"label {at}", ("web",)) for at in range(40)
    ]
    assert "slice web" in slices(spread, []).sentence
    assert slices([PairedRow(r.id, r.group, True, r.is_right, r.label) for r in spread], []).passed


def test_a_slice_named_like_a_label_is_another_thing_and_counts_once() -> None:
    twins = [PairedRow(f"r{at}", f"g{at}", True, False, "a", ("a", "a")) for at in range(4)]
    assert slices(twins, []).numbers == {"asked": 2, "losses": []}


def test_fixes_of_oversampled_failures_count_what_they_are_worth() -> None:
    # 50 of 100 rows fail, 10 % of traffic does: a fix weighs .1/50, a break .9/50
    label = [*rows(fixed=4, broken=3, right=47, wrong=46, label="a")]
    assert break_odds(50, 50, Shares(0.1)) == pytest.approx(0.1)
    assert break_odds(5, 45, Shares(0.1)) == pytest.approx(0.5)
    assert break_odds(50, 50, None) == break_odds(0, 9, Shares(0.1)) == 0.5
    assert slices(label, []).passed
    assert not slices(label, [], Shares(0.1)).passed


def test_long_lists_of_losses_are_cut_in_the_sentence_only() -> None:
    many = [row for at in range(8) for row in rows(broken=5, label=f"l{at}")]
    found = slices(many, [])
    assert found.sentence.endswith("and 3 more")
    assert len(found.numbers["losses"]) == 8


@pytest.mark.parametrize(
    ("count", "value", "ours", "passed"),
    [(300, 0.9, 0.88, True), (300, 0.9, 0.879, False), (299, 0.9, 0.1, True), (400, 0.8, 1, True)],
)
def test_never_far_below_the_best(count: int, value: float, ours: float, passed: bool) -> None:
    assert best_earlier([Earlier("m@1", count, value, ours)]).passed is passed


def test_only_the_best_of_those_with_enough_rows_counts() -> None:
    versions = [
        Earlier("m@1", 300, 0.8, 0.1),
        Earlier("m@2", 500, 0.9, 0.89),
        Earlier("m@3", 100, 0.99, 0.1),
    ]
    found = best_earlier(versions)
    assert found.passed
    assert found.numbers["version"] == "m@2"
    assert best_earlier(list(reversed(versions))) == found
    assert best_earlier([]).passed


@pytest.mark.parametrize(
    ("same", "count", "passed"), [(99, 100, True), (98, 99, False), (0, 0, False), (989, 1000, 0)]
)
def test_an_export_that_answers_otherwise_has_failed(same: int, count: int, passed: bool) -> None:
    found = export(Agreement(same, count))
    assert found.passed is bool(passed)
    assert passed or found.sentence.startswith("failed export")


def test_agreement_counts_equal_outputs() -> None:
    assert agreement(["a", None, ("x",)], ["a", None, ("y",)]) == Agreement(2, 3)
