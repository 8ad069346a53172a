"""Trusted and contested rows, propagation and probes."""

from __future__ import annotations

import random
from dataclasses import replace
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import proportion_confint

from pioneer.gates.probes import Finding, Probe, probed
from pioneer.gates.propagation import NEAREST, KnownNeighbour, lower_bound, propagation
from pioneer.gates.trust import (
    SHIFT_MOST,
    Contested,
    Judged,
    against,
    contested,
    shifted,
    speakers,
    trusted,
)


def judged(
    at: int, decision: str = "keep", corrected: str | None = None, answered: str = "a"
) -> Judged:
    return Judged(f"r{at}", f"g{at}", float(at), False, decision, answered, corrected)


def test_a_group_counts_once_human_first_else_the_earliest() -> None:
    early = Judged("x", "g", 1.0, False, "drop")
    late = Judged("y", "g", 5.0, True, "keep")
    later = Judged("z", "g", 6.0, True, "ask")
    assert speakers([later, early, late]) == (late,)
    assert speakers([Judged("z", "g", 2.0, False, "keep"), early]) == (early,)
    assert trusted([early, late, later]) == (late,)
    assert trusted([early]) == ()


@pytest.mark.parametrize("decision", ["relabel", "drop", "ask", ""])
def test_only_what_triage_keeps_is_trusted(decision: str) -> None:
    assert trusted([judged(1, decision), judged(2)]) == (judged(2),)


def log(corrected: int, answers: int) -> list[Judged]:
    return [judged(at, corrected="b" if at < corrected else None) for at in range(answers)]


@pytest.mark.parametrize(
    ("corrected", "answers", "known", "asked"),
    [
        (5, 10, {("a", "a"): 30}, True),
        (4, 8, {("a", "a"): 30}, False),  # fewer than 5
        (5, 11, {("a", "a"): 300}, False),  # fewer than half
        (5, 10, {("a", "a"): 15, ("a", "b"): 15}, False),  # a known weakness
        (5, 10, {("a", "a"): 5}, False),  # p = .084: literal rule
        (5, 10, {}, True),  # nothing trusted tells
        (5, 10, {("c", "c"): 90}, True),
        (20, 20, {("a", "a"): 12}, True),
    ],
)
def test_contested_by_hand(
    corrected: int, answers: int, known: dict[tuple[str, str], int], asked: bool
) -> None:
    found = contested(log(corrected, answers), known)
    assert bool(found) is asked
    if asked:
        assert found[0].groups == tuple(sorted(f"g{at}" for at in range(corrected)))
        assert (found[0].answers, found[0].corrected) == (answers, "b")
        assert len(trusted(log(corrected, answers), found)) == answers - corrected


def test_the_fisher_test_by_hand() -> None:
    # 5 of 10 against 0 of 5: C(10,5) / C(15,5)
    assert against(5, 10, "a", "b", {("a", "a"): 5}) == pytest.approx(comb(10, 5) / comb(15, 5))


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.integers(1, 20))
def test_the_fisher_test_is_scipys(count: int, rest: int, confused: int, right: int) -> None:
    known = {("a", "b"): confused, ("a", "a"): right, ("b", "b"): 99, ("b", "a"): 3}
    expected = fisher_exact([[count, rest], [confused, right]], alternative="greater").pvalue
    assert against(count, count + rest, "a", "b", known) == pytest.approx(expected)


@given(st.integers(5, 60), st.integers(0, 40), st.integers(0, 12), st.integers(1, 12))
def test_the_commoner_the_label_the_easier_its_errors(
    count: int, rest: int, confused: int, right: int
) -> None:
    known = {("a", "b"): confused, ("a", "a"): right}
    found = [against(count, count + rest, "a", "b", known, shift) for shift in (1.0, 1.5, 2.5, 5.0)]
    assert all(p is not None and -1e-9 <= p <= 1 + 1e-9 for p in found)
    assert found == sorted(found, key=lambda p: round(float(p or 0.0), 9))


def unlike(flipped: int) -> list[Judged]:
    """Two labels: of a hundred answers `a` so many are corrected to `b`, of three hundred answers
    `b` none to `a`."""
    said = [("a", "b")] * flipped + [("a", "a")] * (100 - flipped) + [("b", "b")] * 300
    return [judged(at, corrected=right, answered=out) for at, (out, right) in enumerate(said)]


def test_where_a_label_is_common_so_are_errors_on_its_rows() -> None:
    """Trusted data hold ten rows of each label, and the probe confuses one in ten."""
    known = {("a", "a"): 9, ("a", "b"): 1, ("b", "b"): 9, ("b", "a"): 1}
    pairs = {("a", "b"): 60, ("a", "a"): 40, ("b", "b"): 300}
    assert shifted("a", "b", pairs, known) == SHIFT_MOST
    assert contested(unlike(60), known) == ()
    even = [*unlike(60)[:100], *(judged(200 + at, answered="b") for at in range(40))]
    assert len(contested(even, known)) == 1


def test_a_meaning_that_changed_does_not_explain_itself() -> None:
    """However rare the label and however common the one that it is corrected to."""
    known = {("a", "a"): 11, ("a", "b"): 1, ("b", "b"): 12}
    for flipped in (85, 100):
        (found,) = contested(unlike(flipped), known)
        assert (found.answered, found.corrected, len(found.groups)) == ("a", "b", flipped)


def test_both_labels_common_explain_nothing() -> None:
    """Of twenty labels two are common in the log: that one is corrected to the other is news."""
    labels = [f"l{at}" for at in range(18)]
    known = {(label, label): 10 for label in ("a", "b", *labels)}
    pairs = {("a", "b"): 60, ("a", "a"): 140, ("b", "b"): 200, **{(one, one): 10 for one in labels}}
    assert 1 < shifted("a", "b", pairs, known) < 2


def test_a_label_that_no_trusted_row_has_explains_nothing() -> None:
    pairs = {("a", "b"): 60, ("a", "a"): 40, ("b", "b"): 900}
    assert shifted("a", "b", pairs, {("a", "a"): 30}) == 1.0
    assert shifted("a", "b", pairs, {("a", "a"): 30, ("a", "b"): 3}) == 1.0


@given(
    st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), st.integers(0, 50)),
    st.dictionaries(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), st.integers(0, 50)),
    st.integers(0, 99),
)
def test_corrections_say_nothing_of_the_shift(
    pairs: dict[tuple[str, str], int], known: dict[tuple[str, str], int], count: int
) -> None:
    found = shifted("a", "b", pairs, known)
    assert 1.0 <= found <= SHIFT_MOST
    more = {**pairs, ("a", "b"): pairs.get(("a", "b"), 0) + count}
    more[("c", "b")] = count
    assert shifted("a", "b", more, known) == found


def test_a_storm_of_one_correction_counts_once() -> None:
    storm = [Judged(f"r{at}", "g", float(at), False, "keep", "a", "b") for at in range(50)]
    assert contested(storm, {}) == ()


def test_a_correction_to_the_answer_itself_contests_nothing() -> None:
    rows = [judged(at, corrected="a") for at in range(9)]
    assert contested(rows, {}) == ()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=60))
def test_contested_rows_do_not_depend_on_order(pairs: list[tuple[str, str]]) -> None:
    rows = [judged(at, "keep", right, out) for at, (out, right) in enumerate(pairs)]
    mixed = random.Random(0).sample(rows, len(rows))
    known = {("a", "a"): 40, ("b", "b"): 40}
    assert contested(rows, known) == contested(mixed, known)
    for found in contested(rows, known):
        assert isinstance(found, Contested)
        assert 2 * len(found.groups) >= found.answers and len(found.groups) >= 5


@given(st.integers(1, 300), st.data())
def test_the_bound_is_clopper_pearsons(pairs: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, pairs))
    low, _ = proportion_confint(right, pairs, alpha=0.1, method="beta")
    assert lower_bound(right, pairs) == pytest.approx(low)


def pair(at: int, right: bool = True, output: str = "a") -> KnownNeighbour:
    return KnownNeighbour(f"g{at}", "b", output, "b" if right else "c")


def test_29_of_29_spread_and_28_do_not() -> None:
    assert propagation(pair(at) for at in range(29)).allowed
    assert not propagation(pair(at) for at in range(28)).allowed
    assert propagation([*(pair(at) for at in range(45)), pair(45, right=False)]).allowed
    assert not propagation([*(pair(at) for at in range(44)), pair(44, right=False)]).allowed
    assert not propagation([]).allowed


def test_only_pairs_that_would_change_an_answer_count_and_each_group_once() -> None:
    same = [pair(at, output="b") for at in range(40)]
    assert propagation(same).pairs == 0
    twice = [pair(1), pair(1), pair(1, right=False)]
    assert propagation(twice).pairs == 1
    assert propagation(twice) == propagation(reversed(twice))


@given(st.lists(st.tuples(st.integers(0, 90), st.booleans(), st.floats(0, 1)), max_size=150))
def test_which_neighbours_are_tested_does_not_depend_on_what_is_right(
    drawn: list[tuple[int, bool, float]],
) -> None:
    told = [replace(pair(at, right), similarity=near) for at, right, near in drawn]
    found = propagation(told)
    blind = propagation(replace(one, right="?") for one in told)
    assert (blind.pairs, blind.similarity) == (found.pairs, found.similarity)
    assert found.pairs == min(NEAREST, len({one.group for one in told}))
    nearest = sorted(
        (max(one.similarity for one in told if one.group == group), group)
        for group in {one.group for one in told}
    )[-NEAREST:]
    assert found.similarity == (nearest[0][0] if nearest else 1.0)


def probes(failed: int, sources: int, variations: int = 3) -> list[Probe]:
    return [
        Probe(f"s{at}", passed=at >= failed or turn == 0)
        for at in range(sources)
        for turn in range(variations)
    ]


@given(st.integers(0, 20), st.integers(10, 20), st.integers(0, 20), st.integers(0, 20))
def test_probes_are_compared_with_their_control(
    failed: int, sources: int, others_failed: int, others: int
) -> None:
    failed, others_failed = min(failed, sources), min(others_failed, others)
    found = probed(probes(failed, sources), probes(others_failed, others))
    table = [[failed, sources - failed], [others_failed, others - others_failed]]
    p = fisher_exact(table, alternative="greater").pvalue
    assert found.p == pytest.approx(p)
    assert (found.finding is Finding.SYSTEMATIC) == (p <= 0.1)


def test_a_source_fails_with_half_of_its_variations_and_ten_are_needed() -> None:
    halves = [Probe("s", True), Probe("s", False)]
    assert probed(halves, []).failed == 1
    assert probed([*halves, Probe("s", True)], []).failed == 0
    nine, ten = probed(probes(9, 9), probes(0, 30)), probed(probes(10, 10), probes(0, 30))
    assert nine.finding is Finding.STRAY_OR_UNKNOWN and "fewer than the 10" in nine.sentence
    assert ten.finding is Finding.SYSTEMATIC
    assert probed(probes(10, 10), []).finding is Finding.STRAY_OR_UNKNOWN
    assert probed([], []).finding is Finding.STRAY_OR_UNKNOWN
