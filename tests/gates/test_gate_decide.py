"""The whole gate: its laws, where they end, and the order of the finalists."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pioneer.gates.decide import ask_next, finalists, gate
from pioneer.gates.limit import Limit
from pioneer.gates.look import look_at
from pioneer.gates.power import groups_needed
from pioneer.gates.records import (
    Agreement,
    Earlier,
    Evidence,
    GateVerdict,
    Outcome,
    PairedRow,
    Permuted,
    Shares,
)
from pioneer.records import dump, load
from tests.gates.gate_rows import AGREED, evidence, many, rows

GOOD = evidence(rows(fixed=20, broken=2, right=250, wrong=28))
WORSE = evidence(rows(fixed=2, broken=20, right=250, wrong=28))
UNSAFE = evidence(rows(fixed=40, broken=30, right=250, wrong=28))
LOSES_A_LABEL = evidence([*rows(fixed=40, right=200), *rows(broken=5, label="x")])

SHARES = st.sampled_from((None, Shares(0.1), Shares(0.5)))
LIMITS = st.sampled_from((Limit(), Limit(2, strict=True), Limit(8)))


def decided(found: Evidence, limit: Limit | None = None) -> Outcome:
    return gate(found, limit).outcome


def test_every_rule_is_in_the_verdict_with_its_arithmetic() -> None:
    found = gate(GOOD)
    assert found.outcome is Outcome.PROMOTED
    names = [rule.name for rule in found.rules]
    assert names == ["look", "better", "regressions", "best_earlier", "slices", "export"]
    assert all(rule.sentence and rule.numbers and rule.passed for rule in found.rules)
    assert found.reason.startswith("of 300 groups 20 went from wrong to right and 2 the other way")
    assert load(GateVerdict, dump(found)) == found


@pytest.mark.parametrize(
    ("found", "failed"),
    [
        (WORSE, ["better", "regressions"]),
        (evidence(rows(fixed=40, broken=20, right=240)), ["regressions"]),
        (LOSES_A_LABEL, ["slices"]),
        (replace(GOOD, agreement=Agreement(98, 100)), ["export"]),
        (replace(GOOD, earlier=(Earlier("m@1", 300, 0.9, 0.8),)), ["best_earlier"]),
        (replace(GOOD, permuted=Permuted("f1", 0.0, 0.4)), ["better"]),
        (replace(GOOD, shares=Shares(0.001)), ["better"]),
    ],
)
def test_one_failed_rule_holds_and_the_reason_names_it(found: Evidence, failed: list[str]) -> None:
    verdict = gate(found)
    assert verdict.outcome is Outcome.HOLD
    assert [rule.name for rule in verdict.rules if not rule.passed][: len(failed)] == failed
    assert all(f"{name}: " in verdict.reason for name in failed)


def test_too_few_rows_are_not_judged_at_all() -> None:
    verdict = gate(evidence(rows(fixed=50, right=49)))
    assert verdict.outcome is Outcome.NEED_MORE_DATA
    assert [rule.name for rule in verdict.rules] == ["look"]
    assert verdict.rule("look") and verdict.rule("better") is None
    assert verdict.rules[0].numbers["groups_for_power"] == groups_needed()
    old = look_at(row.group for row in GOOD.gate)
    assert gate(GOOD, last=old).outcome is Outcome.NEED_MORE_DATA


def test_failures_only_are_never_enough() -> None:
    """Nothing that was right is seen, so nothing that breaks could be."""
    assert decided(evidence(rows(fixed=150, wrong=50))) is Outcome.HOLD
    judged = evidence(rows(fixed=150, wrong=50), rows(right=300, part="r"))
    assert decided(judged) is Outcome.PROMOTED
    assert decided(evidence(rows(fixed=150), rows(broken=60, right=9, part="r"))) is Outcome.HOLD


def test_a_ratchet_row_of_a_gate_group_counts_once() -> None:
    gate_rows = rows(fixed=20, broken=6, right=274)
    twins = [replace(row, id=f"r{row.id}") for row in gate_rows]
    verdict = gate(evidence(gate_rows, twins))
    assert verdict == gate(evidence(gate_rows))
    repeated = [*gate_rows, *(replace(row, id=f"z{row.id}") for row in gate_rows)]
    assert gate(evidence(repeated)) == gate(evidence(gate_rows))


@settings(max_examples=40)
@given(many("g", 100), many("r"), SHARES, LIMITS, st.integers(0, 99))
def test_the_order_of_rows_changes_nothing(
    found: list[PairedRow],
    ratchet: list[PairedRow],
    shares: Shares | None,
    limit: Limit,
    seed: int,
) -> None:
    rng = random.Random(seed)
    one = replace(evidence(found, ratchet), shares=shares)
    mixed = replace(
        one,
        gate=tuple(rng.sample(found, len(found))),
        ratchet=tuple(rng.sample(ratchet, len(ratchet))),
    )
    assert gate(one, limit) == gate(mixed, limit)


@settings(max_examples=120)
@given(many("g", 110), many("r"), SHARES, LIMITS, st.data())
def test_a_wrong_answer_turned_right_never_turns_promoted_into_hold(
    found: list[PairedRow],
    ratchet: list[PairedRow],
    shares: Shares | None,
    limit: Limit,
    data: st.DataObject,
) -> None:
    one = replace(evidence(found, ratchet), shares=shares)
    part, chosen = data.draw(st.sampled_from((("gate", found), ("ratchet", ratchet or found))))
    part = part if ratchet else "gate"
    at = data.draw(st.integers(0, len(chosen) - 1))
    better = (*chosen[:at], replace(chosen[at], is_right=True), *chosen[at + 1 :])
    after = replace(one, gate=better) if part == "gate" else replace(one, ratchet=better)
    before, now = gate(one, limit), gate(after, limit)
    if before.outcome is not Outcome.NEED_MORE_DATA:
        for was, rule in zip(before.rules, now.rules, strict=True):
            assert rule.passed >= was.passed, rule


@settings(max_examples=40)
@given(many("g", 140), many("r"), st.integers(0, 19))
def test_a_wider_limit_never_holds_what_a_narrow_one_promotes(
    found: list[PairedRow], ratchet: list[PairedRow], count: int
) -> None:
    one = evidence(found, ratchet)
    narrow, wide = gate(one, Limit(count)), gate(one, Limit(count + 1))
    numbers = wide.rules[2].numbers
    if numbers["allowed"] < numbers["right"]:
        assert wide.rules[2].passed >= narrow.rules[2].passed
    if decided(one, Limit(count, strict=True)) is Outcome.PROMOTED:
        assert decided(one, Limit(count + 1, strict=True)) is Outcome.PROMOTED
        assert narrow.outcome is Outcome.PROMOTED


@settings(max_examples=40)
@given(many("g", 110), many("r"))
def test_a_version_is_never_promoted_over_itself(
    found: list[PairedRow], ratchet: list[PairedRow]
) -> None:
    same = [replace(row, is_right=row.was_right) for row in found]
    assert decided(evidence(same, ratchet)) is not Outcome.PROMOTED


@settings(max_examples=40)
@given(many("g", 110), many("r"))
def test_two_versions_are_never_promoted_over_each_other(
    found: list[PairedRow], ratchet: list[PairedRow]
) -> None:
    def swapped(some: list[PairedRow]) -> list[PairedRow]:
        return [replace(row, was_right=row.is_right, is_right=row.was_right) for row in some]

    both = (decided(evidence(found, ratchet)), decided(evidence(swapped(found), swapped(ratchet))))
    assert both.count(Outcome.PROMOTED) <= 1


# Where the gate is not monotone, because the rules are not.


def test_more_fixes_of_the_parent_itself_can_cost_the_promotion() -> None:
    """Had the deployed version been right on rows that the candidate fixes, less is gained."""
    assert decided(evidence(rows(fixed=4, right=200))) is Outcome.PROMOTED
    assert decided(evidence(rows(fixed=3, right=201))) is Outcome.HOLD


def test_one_more_unchanged_row_can_promote_but_never_hold_below_the_cap() -> None:
    broken = 6
    held = rows(fixed=11, broken=broken, right=243)
    assert not gate(evidence(held)).rule("regressions").passed  # type: ignore[union-attr]
    more = [*held, *rows(right=20, part="m")]
    assert gate(evidence(more)).rule("regressions").passed  # type: ignore[union-attr]


def test_above_the_cap_unchanged_rows_push_broken_ones_out_of_the_set() -> None:
    """At most 1,000 rows are judged: what the hash of a group leaves out is not counted."""
    judged = rows(fixed=24, broken=13, right=700, label="a")
    ratchet = rows(broken=3, right=300, label="b", part="r")
    few, more = (
        gate(evidence(judged, [*ratchet, *rows(right=count, label="a", part="s")]))
        for count in (0, 200)
    )
    assert (few.outcome, more.outcome) == (Outcome.HOLD, Outcome.PROMOTED)
    assert few.rules[2].numbers["broken"] == 16 > more.rules[2].numbers["broken"]


# The order of the finalists


def drawn(candidates: list[Evidence], seen: list[int]) -> Iterator[Evidence]:
    for at, candidate in enumerate(candidates):
        seen.append(at)
        yield candidate


@pytest.mark.parametrize(
    ("candidates", "outcomes"),
    [
        ([GOOD, GOOD], ["promoted"]),
        ([WORSE, GOOD], ["hold"]),
        ([UNSAFE, GOOD], ["hold"]),
        ([LOSES_A_LABEL, GOOD, WORSE], ["hold", "promoted"]),
        ([LOSES_A_LABEL, WORSE, GOOD], ["hold", "hold"]),
        ([LOSES_A_LABEL] * 3 + [GOOD], ["hold", "hold", "hold"]),
        ([replace(GOOD, agreement=Agreement(0, 9)), GOOD], ["hold", "promoted"]),
        ([evidence(rows(fixed=9)), GOOD], ["need_more_data"]),
        ([], []),
    ],
)
def test_the_next_is_looked_at_only_after_a_better_but_unsafe_one(
    candidates: list[Evidence], outcomes: list[str]
) -> None:
    seen: list[int] = []
    verdicts = list(finalists(drawn(candidates, seen)))
    assert [str(verdict.outcome) for verdict in verdicts] == outcomes
    assert len(seen) == len(outcomes)


def test_unsafe_is_worse_than_chance_too() -> None:
    assert not gate(UNSAFE).rule("better").passed  # type: ignore[union-attr]
    assert not ask_next(gate(GOOD))
    assert Evidence((), AGREED).ratchet == ()
