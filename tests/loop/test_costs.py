"""The pieces of a run's time add up, whatever happened between its lives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.journal.journal import Entry
from pioneer.loop.costs import stages, worked


def journal(*events: tuple[float, str, Any]) -> list[Entry]:
    return [Entry(seq, at, name, payload) for seq, (at, name, payload) in enumerate(events)]


def stage(at: float, name: str) -> tuple[float, str, Any]:
    return (at, "stage finished", {"stage": name, "seconds": 0.0})


def trial(at: float, number: int, iteration: int) -> tuple[float, str, Any]:
    return (at, "trial", {"number": number, "iteration": iteration})


def test_rounds_stand_between_the_stages_in_their_order() -> None:
    entries = journal(
        (100.0, "life started", {}),
        stage(103.0, "prepare"),
        stage(110.0, "baselines"),
        trial(140.0, 0, 0),
        trial(140.1, 1, 0),
        trial(160.0, 2, 1),
        stage(190.0, "settle"),
        stage(190.01, "succession"),
    )
    shown = [(one.name, pytest.approx(one.seconds)) for one in stages(entries)]
    assert shown == [
        ("rows and splits", 3.0),
        ("baselines", 7.0),
        ("round 0: trials 0, 1", 30.1),
        ("round 1: trial 2", 19.9),
        ("test and refit", 30.0),
    ]


def test_the_night_between_two_lives_is_no_work() -> None:
    entries = journal(
        (0.0, "life started", {}),
        stage(4.0, "prepare"),
        (5.0, "job finished", {}),
        (9000.0, "life started", {}),
        stage(9003.0, "baselines"),
    )
    assert [one.seconds for one in stages(entries)] == [4.0, 4.0]
    assert worked(entries)[4] == 8.0


@given(st.lists(st.tuples(st.floats(0, 1e6), st.booleans()), max_size=30))
def test_work_never_shrinks_even_if_the_clock_goes_backwards(
    found: list[tuple[float, bool]],
) -> None:
    entries = journal(*((at, "life started" if new else "trial", {}) for at, new in found))
    values = list(worked(entries).values())
    assert values == sorted(values)
    assert all(value >= 0 for value in values)
