"""The share of failures that the gate rows are weighed by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pioneer.gates.better import better
from pioneer.gates.decide import gate as decided
from pioneer.gates.records import Shares
from pioneer.gates.share import least_share, shares
from tests.gates.gate_rows import evidence, rows

logged = some.lists(some.tuples(some.booleans(), some.floats(0, 1)), max_size=80)


@given(logged)
def test_it_is_below_the_weighed_share(found: list[tuple[bool, float]]) -> None:
    total = sum(chance for _, chance in found)
    wrong = sum(chance for failed, chance in found if failed)
    assert 0.0 <= least_share(found) <= (wrong / total if total else 0.0) + 1e-9


def test_by_hand() -> None:
    """20 of 100, and one standard error is 4 points; doubted rows count what they are worth."""
    assert least_share([(at < 20, 1.0) for at in range(100)]) == pytest.approx(0.16)
    half = [(at < 40, 0.5 if at < 40 else 1.0) for at in range(120)]
    assert least_share(half) == pytest.approx(0.16)
    assert least_share([]) == 0.0
    assert least_share([(True, 0.0)]) == 0.0


def test_only_rows_with_too_few_failures_are_weighed() -> None:
    gate = rows(fixed=10, broken=2, right=80, wrong=8)  # 18 of 100 fail
    assert shares(gate, None, 0.25) == Shares(0.25, estimated=True)
    assert shares(gate, None, 0.18) is None
    assert shares(gate, None, 0.1) is None
    assert shares(gate, None, 1.0) is None
    assert shares(gate, 0.05, 0.25) == Shares(0.05)
    assert shares([], None, 0.25) is None


@given(
    fixed=some.integers(0, 20),
    broken=some.integers(0, 20),
    right=some.integers(1, 80),
    wrong=some.integers(0, 20),
    least=some.floats(0.01, 0.9),
)
def test_weighing_never_makes_a_fix_worth_less(
    fixed: int, broken: int, right: int, wrong: int, least: float
) -> None:
    """So the p that decides is never above that of the plain count, and the share is shown."""
    gate = rows(fixed, broken, right, wrong)
    found = shares(gate, None, least)
    if found is None:
        return
    weighed, plain = better(gate, found), better(gate)
    assert weighed.numbers["p"] <= plain.numbers["p"] + 1e-9
    assert f"of which {100 * least:.1f} % fail" in weighed.sentence


def test_an_estimate_excuses_nothing_that_breaks() -> None:
    """Rules that keep what works count as without it; a share that was named counts in all."""
    gate = [*rows(fixed=15, broken=2, right=260, wrong=8), *rows(1, 8, 20, label="a", part="x")]
    plain = decided(evidence(gate))
    guessed = decided(replace(evidence(gate), shares=Shares(0.5, estimated=True)))
    named = decided(replace(evidence(gate), shares=Shares(0.5)))
    for name in ("regressions", "slices"):
        assert guessed.rule(name) == plain.rule(name)
        assert named.rule(name) != plain.rule(name)
    assert guessed.rule("better") != plain.rule("better")
