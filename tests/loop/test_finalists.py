"""Which trials reach the gate, and in what order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from pioneer.evaluation.measure import MEAN
from pioneer.execution.job import Scored
from pioneer.loop.search import Searched
from pioneer.loop.traffic.contest import ranked
from pioneer.records import RowStat, Trial
from pioneer.search.stop import Stop, StopReason
from tests.search.trial_trees import trial

ROWS = 200


def order(wrong: Sequence[int]) -> list[int]:
    """The finalists of trials that get so many of the rows wrong, always the first ones."""
    trials: list[Trial] = []
    scored: dict[str, Scored] = {}
    for number, count in enumerate(wrong):
        stats = tuple(
            RowStat(f"r{at}", "", float(at >= count), "a", "a" if at >= count else "b", 0.5)
            for at in range(ROWS)
        )
        scored[str(number)] = Scored(stats, (), 1.0)
        made = trial(number, 1 - count / ROWS, rows=ROWS)
        trials.append(replace(made, stats=str(number)))
    room: Any = SimpleNamespace(read=lambda _type, key: scored[key])
    question: Any = SimpleNamespace(measure=MEAN)
    stop = Stop(StopReason.EXHAUSTED, "that was all")
    found = ranked(room, question, Searched(tuple(trials), 0.0, stop))
    return [one.number for one in found]


def test_within_two_standard_errors_the_earliest_goes_first_then_the_best() -> None:
    """Four rows that only one of two gets wrong are a little more than two standard errors."""
    assert order([11, 8, 10, 8]) == [0, 1, 3]
    assert order([12, 8, 10, 8]) == [1, 3, 2]


def test_beyond_it_the_best_goes_first() -> None:
    assert order([40, 8, 30, 20]) == [1, 3, 2]
