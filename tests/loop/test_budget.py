"""A time budget bounds a run over all its lives; it is asked once whether the search goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from pioneer.execution.inline import inline_executor
from pioneer.execution.job import Job, JobResult
from pioneer.journal import runs
from pioneer.journal.journal import Journal
from pioneer.loop.request import ColdStart
from pioneer.records import dump
from pioneer.search.stop import StopReason
from pioneer.store.workspace import open_workspace
from tests.loop.helpers import facts, fake_request, folder, go_on, lived, run

BUDGET = 4.0
SLOWNESS = 0.12
"""Seconds that every fold of a trial takes; ten of them make an iteration."""


class CutOff(BaseException):
    pass


def slowly(jobs: Sequence[Job], progress: Any) -> Iterator[JobResult]:
    """As if every training took its time."""
    for job in jobs:
        if job.fold is not None:
            time.sleep(SLOWNESS)
        yield from inline_executor([job], progress)


@pytest.fixture
def wanted(tmp_path: Path) -> ColdStart:
    data = folder(tmp_path / "d", "classification", count=60)
    return fake_request(data, "classification", max_trials=None, budget=BUDGET)


def stop_of(workspace: Path, run_id: str) -> str:
    with open_workspace(workspace, write=False) as opened:
        ends = Journal(opened.engine, run_id).entries("search ended")
    assert len(ends) == 1
    return str(ends[0].payload["reason"])


def test_a_search_ends_when_its_time_is_up(wanted: ColdStart, tmp_path: Path) -> None:
    """At most the iteration that was under way then comes on top (here: with the time to plan it).
    The first one always may start."""
    outcome = run(tmp_path / "w", wanted, executor=slowly)
    assert stop_of(tmp_path / "w", outcome.run) == StopReason.TIME
    assert len(outcome.trials) >= 2
    with open_workspace(tmp_path / "w", write=False) as opened:
        entries = Journal(opened.engine, outcome.run).entries()
    began = entries[0].at
    marks = [e.at - began for e in entries if e.name in ("iteration planned", "search ended")]
    longest = max(after - before for before, after in pairwise(marks))
    assert BUDGET <= marks[-1] < max(BUDGET, marks[0]) + 2 * longest


def test_a_longer_budget_goes_on_where_a_shorter_one_stops(
    wanted: ColdStart, tmp_path: Path
) -> None:
    data = Path(wanted.data[0])
    short = run(tmp_path / "s", fake_request(data, "classification", max_trials=None, budget=0.01))
    long = run(tmp_path / "l", fake_request(data, "classification", max_trials=None, budget=600))
    assert len(short.trials) == 2 < len(long.trials)
    assert dump(long.trials[:2]) == dump(short.trials)
    assert stop_of(tmp_path / "s", short.run) == StopReason.TIME
    assert stop_of(tmp_path / "l", long.run) != StopReason.TIME


def test_a_search_that_ended_is_not_taken_up_again(wanted: ColdStart, tmp_path: Path) -> None:
    """A later life has used less time than the one that was cut off while it fitted the winner."""
    with open_workspace(tmp_path / "w", write=True) as opened:
        begun = runs.start(opened.engine, "cold-start", dump(wanted))
        journal = Journal(opened.engine, begun.id)

        def cut(_connection: object) -> None:
            if journal.entries("unsealed"):
                raise CutOff

        event.listen(opened.engine, "commit", cut)
        with pytest.raises(CutOff):
            go_on(opened, begun, wanted, executor=slowly)
    generous = fake_request(Path(wanted.data[0]), "classification", max_trials=None, budget=600)
    with open_workspace(tmp_path / "w", write=True) as opened:
        before = Journal(opened.engine, begun.id).entries("trial")
        outcome = go_on(opened, begun, generous)
    assert len(outcome.trials) == len(before)
    assert stop_of(tmp_path / "w", begun.id) == StopReason.TIME


def test_time_counts_over_all_lives(wanted: ColdStart, tmp_path: Path) -> None:
    seconds = 0.0
    with open_workspace(tmp_path / "w", write=True) as opened:
        begun = runs.start(opened.engine, "cold-start", dump(wanted))
        for done in (8, 20):
            journal = Journal(opened.engine, begun.id)

            def cut(jobs: Sequence[Job], progress: Any, done: int = done) -> Iterator[JobResult]:
                for result in slowly(jobs, progress):
                    if len(journal.entries("job finished")) >= done:  # noqa: B023
                        raise CutOff
                    yield result

            with pytest.raises(CutOff):
                go_on(opened, begun, wanted, executor=cut)
        entries = journal.entries()
        starts = [entry.at for entry in entries if entry.name == "life started"]
        assert len(starts) == 2
        for start, until in zip(starts, [*starts[1:], float("inf")], strict=True):
            seconds += max(e.at for e in entries if start <= e.at < until) - start
        outcome = go_on(opened, begun, wanted, executor=slowly)
    assert outcome.cost.seconds > seconds > 12 * SLOWNESS


def test_without_a_clock_nothing_is_paced(tmp_path: Path) -> None:
    """With trials alone, two runs are equal, however slow the machine."""
    data = folder(tmp_path / "d", "classification", count=60)
    wanted = fake_request(data, "classification", max_trials=4)
    assert wanted.budget.seconds is None
    fast, slow = run(tmp_path / "f", wanted), run(tmp_path / "s", wanted, executor=slowly)
    assert facts(fast) == facts(slow)
    seen = lived(tmp_path / "l", wanted)
    assert all(job.pilot is None for job in seen.jobs)
