"""Which groups train, judge and stay sealed, over many cycles."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pioneer.errors import DataError
from pioneer.gates import cut as module
from pioneer.gates.cut import Group, Part, Place, apart, cut, names

ORDER = [Part.SEALED, Part.GATE, Part.RATCHET, Part.TRAIN]
LATER = {
    Part.SEALED: {Part.SEALED, Part.RATCHET, Part.TRAIN, Part.GATE},
    Part.GATE: {Part.GATE, Part.RATCHET, Part.TRAIN},
    Part.RATCHET: {Part.RATCHET, Part.TRAIN},
    Part.TRAIN: {Part.TRAIN},
}


def groups(count: int, start: int = 0) -> list[Group]:
    return [Group(f"g{at}", float(at)) for at in range(start, start + count)]


def sizes(places: dict[str, Place]) -> dict[str, int]:
    return {part.value: len(names(places, part)) for part in Part}


def test_the_first_cut() -> None:
    found = cut({}, groups(2000))
    assert set(names(found, Part.SEALED)) == {f"g{at}" for at in range(1800, 2000)}
    assert len(found) == 2000
    assert 0.27 < len(names(found, Part.GATE)) / 1800 < 0.33
    assert not names(found, Part.RATCHET)


def test_few_groups_are_not_sealed() -> None:
    assert not names(cut({}, groups(999)), Part.SEALED)
    assert len(names(cut({}, groups(1000)), Part.SEALED)) == 100


def test_the_gate_is_capped_and_what_finds_no_room_trains() -> None:
    found = cut({}, groups(6000))
    assert sizes(found)["gate"] == 1000
    assert sizes(found)["ratchet"] == 0
    newest = min(found[name].time for name in names(found, Part.GATE))
    hashed = [name for name in names(found, Part.TRAIN) if module._hash(name) < 0.3]
    assert hashed and all(found[name].time < newest for name in hashed)


def test_the_next_cycle_moves_everything_one_step_on() -> None:
    one = cut({}, groups(3000))
    two = cut(one, groups(3000, start=3000))
    assert {two[name].part for name in names(one, Part.SEALED)} == {Part.RATCHET}
    assert {two[name].part for name in names(one, Part.TRAIN)} == {Part.TRAIN}
    assert {two[name].part for name in names(one, Part.GATE)} == {Part.GATE, Part.RATCHET}
    assert sizes(two)["gate"] == 1000
    kept = [two[n].time for n in names(one, Part.GATE) if two[n].part is Part.GATE]
    gone = [two[n].time for n in names(one, Part.GATE) if two[n].part is Part.RATCHET]
    assert min(kept) > max(gone)
    three = cut(two, groups(6000, start=6000))
    assert sizes(three)["ratchet"] == 1000
    released = set(names(two, Part.RATCHET)) & set(names(three, Part.TRAIN))
    assert released


@given(st.randoms(use_true_random=False), st.integers(0, 1500))
@settings(max_examples=20)
def test_the_order_in_which_groups_come_changes_nothing(rng: random.Random, count: int) -> None:
    found = [Group(f"g{at}", float(rng.randrange(5))) for at in range(count)]
    assert cut({}, found) == cut({}, rng.sample(found, count))


def test_nothing_new_keeps_all_but_the_sealed() -> None:
    one = cut({}, groups(1500))
    two = cut(one, groups(1500))
    assert cut(two, ()) == two
    assert sizes(two)["sealed"] == 0
    assert sizes(two)["train"] == sizes(one)["train"]


def test_merged_groups_go_where_the_furthest_of_them_is() -> None:
    previous = {
        "a": Place(Part.SEALED, 3.0),
        "b": Place(Part.GATE, 2.0),
        "c": Place(Part.TRAIN, 1.0),
        "d": Place(Part.RATCHET, 9.0),
    }
    assert cut(previous, [Group("a", 5.0, absorbs=("b",))])["a"] == Place(Part.RATCHET, 2.0)
    found = cut(previous, [Group("new", 5.0, absorbs=("a", "b", "c"))])
    assert found == {"new": Place(Part.TRAIN, 1.0), "d": Place(Part.RATCHET, 9.0)}


@pytest.mark.parametrize(
    "bad",
    [
        [Group("a", 1.0), Group("a", 2.0)],
        [Group("a", 1.0, ("x",)), Group("b", 1.0, ("x",))],
        [Group("a", 1.0, ("b",)), Group("b", 1.0)],
    ],
)
def test_a_group_is_given_once(bad: list[Group]) -> None:
    with pytest.raises(DataError, match=r"group 'a' is given|group '.' is part of"):
        cut({}, bad)


def test_frequent_texts_of_sealed_groups_are_scored_apart() -> None:
    seen = [("hi", "s")] * 5 + [("hello", "s")] * 4 + [("bye", "t")] * 9
    assert apart(seen, {"s"}) == {"hi"}
    assert apart(seen, ()) == frozenset()


class Cycles(RuleBasedStateMachine):
    """Cycles of new, growing, merging groups and lost trust, with small caps."""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, Place] = {}
        self.before: dict[str, Place] = {}
        self.alias: dict[str, str] = {}
        self.count = 0
        self.cycle = 0

    def _current(self, name: str) -> str:
        while name in self.alias:
            name = self.alias[name]
        return name

    @rule(new=st.integers(0, 400), backwards=st.booleans(), rng=st.randoms(use_true_random=False))
    def improve(self, new: int, backwards: bool, rng: random.Random) -> None:
        self.before = dict(self.places)
        fresh = [f"g{self.count + at}" for at in range(new)]
        self.count += new
        old = sorted(self.places)
        given = [Group(n, self.places[n].time) for n in old if rng.random() < 0.9]
        time = -1.0 if backwards else 1.0
        given += [Group(n, time * rng.randrange(self.count)) for n in fresh]
        self.places = cut(self.places, given)
        self._check()

    @rule(rng=st.randoms(use_true_random=False))
    def merge(self, rng: random.Random) -> None:
        self.before = dict(self.places)
        if len(self.places) < 4:
            return
        into, *absorbed = rng.sample(sorted(self.places), 3)
        name = into if rng.random() < 0.5 else f"m{self.cycle}-{self.count}-{into}"
        gone = {into, *absorbed} - {name}
        self.places = cut(self.places, [Group(name, 0.0, tuple(sorted(gone)))])
        self.alias |= dict.fromkeys(gone, name)
        self._check()

    def _check(self) -> None:
        self.cycle += 1
        for name, place in self.before.items():
            assert self.places[self._current(name)].part in LATER[place.part], name
            if place.part is Part.SEALED:
                assert self.places[self._current(name)].part is not Part.SEALED
        assert not self.alias.keys() & self.places.keys()

    @invariant()
    def every_group_is_in_one_part_and_the_caps_hold(self) -> None:
        parts = [names(self.places, part) for part in Part]
        assert sorted(name for part in parts for name in part) == sorted(self.places)
        assert len(names(self.places, Part.GATE)) <= module.GATE_MOST
        assert len(names(self.places, Part.RATCHET)) <= module.RATCHET_MOST
        sealed = names(self.places, Part.SEALED)
        assert not sealed or len(sealed) >= module.SEALED_LEAST


@pytest.fixture(autouse=True)
def _small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "cycles" in request.node.name:
        monkeypatch.setattr(module, "GATE_MOST", 60)
        monkeypatch.setattr(module, "RATCHET_MOST", 50)
        monkeypatch.setattr(module, "SEALED_LEAST", 12)


def test_groups_only_move_forward_over_many_cycles() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Cycles, settings=settings(max_examples=25, stateful_step_count=10, deadline=None)
    )
