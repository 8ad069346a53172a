from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.errors import ArgumentError
from pioneer.gates.better import is_gain
from pioneer.gates.cut import Part, Place, names
from pioneer.gates.look import Look, judged_rows, look, look_at, more_groups
from pioneer.gates.power import groups_needed, power
from pioneer.gates.records import RuleResult
from pioneer.gates.renewal import renewed


@pytest.mark.parametrize(
    ("groups", "gain", "broken"),
    [(100, 0.05, 0.01), (300, 0.05, 0.02), (300, 0.01, 0.01), (1000, 0.02, 0.01), (60, 0.1, 0.0)],
)
def test_power_is_what_simulation_shows(groups: int, gain: float, broken: float) -> None:
    rng = np.random.default_rng(groups)
    chances = [gain + broken, broken, 1 - gain - 2 * broken]
    drawn = rng.multinomial(groups, chances, size=20_000)
    passed = np.mean([is_gain(int(b), int(c)) for b, c, _ in drawn])
    assert power(groups, gain, broken) == pytest.approx(passed, abs=0.012)


@given(st.integers(0, 60), st.floats(0.0, 0.3), st.floats(0.001, 0.2))
def test_power_is_the_sum_over_all_outcomes(groups: int, gain: float, broken: float) -> None:
    from scipy.stats import multinomial

    chances = [gain + broken, broken, 1 - gain - 2 * broken]
    expected = sum(
        float(multinomial.pmf([b, c, groups - b - c], groups, chances))
        for b in range(groups + 1)
        for c in range(groups + 1 - b)
        if is_gain(b, c)
    )
    assert power(groups, gain, broken) == pytest.approx(expected, abs=1e-9)


def test_the_methods_figures() -> None:
    assert power(300) == pytest.approx(0.97, abs=0.01)
    assert power(100) == pytest.approx(0.57, abs=0.01)


@pytest.mark.parametrize(("gain", "broken"), [(0.05, 0.01), (0.05, 0.03), (0.02, 0.01), (0.3, 0)])
def test_the_groups_needed_are_the_fewest(gain: float, broken: float) -> None:
    found = groups_needed(gain, broken)
    assert power(found, gain, broken) >= 0.8 > power(found - 1, gain, broken)
    rng = np.random.default_rng(1)
    drawn = rng.multinomial(found, [gain + broken, broken, 1 - gain - 2 * broken], size=20_000)
    passed = np.mean([is_gain(int(b), int(c)) for b, c, _ in drawn])
    assert passed == pytest.approx(power(found, gain, broken), abs=0.012)
    assert passed == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize(("gain", "broken"), [(0.0, 0.01), (-0.1, 0.01), (0.9, 0.2), (0.05, -1)])
def test_what_no_number_of_groups_shows_is_refused(gain: float, broken: float) -> None:
    with pytest.raises(ArgumentError, match="no number of groups"):
        groups_needed(gain, broken)


def test_a_gain_beyond_reach_is_refused() -> None:
    with pytest.raises(ArgumentError, match="more than 100000 groups"):
        groups_needed(0.0001, 0.3)


def named(count: int, part: str = "g") -> list[str]:
    return [f"{part}{at}" for at in range(count)]


def test_a_first_look_needs_a_hundred_groups() -> None:
    assert look(named(100)).passed
    few = look(named(99))
    assert not few.passed
    assert few.numbers["more_groups"] == groups_needed() - 99
    assert few.numbers["more_rows"] >= few.numbers["more_groups"] / 0.3
    assert f"about {few.numbers['more_rows']} more judged rows" in few.sentence
    assert look([*named(60), *named(60)]).numbers["groups"] == 60


def test_a_further_look_needs_new_groups() -> None:
    old = named(140)
    assert look([*old, *named(60, "n")], look_at(old)).passed
    assert not look([*old, *named(59, "n")], look_at(old)).passed
    assert not look(old, look_at(old)).passed
    # groups that left since the last look do not count as old
    assert look([*old[:70], *named(30, "n")], look_at(old)).passed


def test_the_number_asked_for_grants_the_look() -> None:
    for old, new in ((0, 20), (150, 10), (700, 10), (1000, 0), (400, 171)):
        more = more_groups(old + new, new)
        assert old + new + more >= groups_needed()
        assert renewed_look(old, new + more).passed
        assert (
            not more or not renewed_look(old, new + more - 1).passed or old + new < groups_needed()
        )
    assert more_groups(1000, 0) == math.ceil(0.3 * 1000 / 1.7)
    assert more_groups(1000, 400) == 0


def renewed_look(old: int, new: int) -> RuleResult:
    last = Look(tuple(named(old)))
    places = {name: Place(Part.GATE, 0.0) for name in named(old)}
    places |= {name: Place(Part.GATE, 1.0) for name in named(new, "n")}
    return look(names(renewed(places, places, last), Part.GATE), last)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_refused_look_always_asks_for_something(old: int, new: int) -> None:
    found = renewed_look(old, new)
    assert found.passed or found.numbers["more_groups"] > 0
    known = look([*named(old), *named(new, "n")], Look(tuple(named(old))))
    assert known.passed == (old + new >= 100 and 100 * new >= 30 * (old + new))
    assert found.passed >= known.passed
    assert judged_rows(0) == 0


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_old_groups_make_room_for_new_ones(old: int, new: int, ratchet: int) -> None:
    places = {name: Place(Part.GATE, float(at)) for at, name in enumerate(named(old))}
    places |= {name: Place(Part.GATE, -1.0) for name in named(new, "n")}
    places |= {name: Place(Part.RATCHET, 0.0) for name in named(ratchet, "r")}
    last = Look(tuple(named(old)))
    found = renewed(places, places, last)
    moved = {name for name in places if found[name] != places[name]}
    assert found.keys() == places.keys()
    assert moved <= set(named(old))
    assert all(found[name] == replace(places[name], part=Part.RATCHET) for name in moved)
    left = len(names(found, Part.GATE))
    assert not moved or (left >= groups_needed() and 2 * left >= old + new)
    kept = [places[name].time for name in named(old) if name not in moved]
    assert not moved or not kept or max(places[name].time for name in moved) < min(kept)
    assert renewed(found, found, last) == found
    assert renewed(places, places, None) == places


def test_groups_that_cannot_be_asked_do_not_count() -> None:
    """Of 200 old ones the log shows 150: with 60 new ones more are new than need be."""
    places = {name: Place(Part.GATE, 0.0) for name in (*named(200), *named(60, "n"))}
    last = Look(tuple(named(200)))
    assert renewed(places, {*named(140), *named(60, "n")}, last) == places
    found = renewed(places, {*named(190), *named(60, "n")}, last)
    retired = {name for name in places if found[name].part is Part.RATCHET}
    assert len(retired) == 50
    assert retired <= set(named(190))
