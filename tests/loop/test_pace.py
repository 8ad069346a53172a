"""What the clock cuts: folds before epochs, never beyond the time left, and nothing without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.budget import Budget
from pioneer.execution.job import Job, JobResult
from pioneer.loop.pace import PILOT_ROWS, Plan, pace
from pioneer.loop.question import FOLDS, Question
from pioneer.records import Kind, Recipe, Task
from pioneer.strategist.base import Proposal

TASK = Task(Kind.CLASSIFICATION, "x", ("a", "b"), "accuracy")
PROBE = Proposal(Recipe("minilm", "probe.v1", {"C": 16.0}), "draft", "a probe")


def full(epochs: int) -> Proposal:
    return Proposal(Recipe("minilm", "full.v1", {"epochs": epochs}), "draft", "a fine-tune")


@dataclass
class Clockwork:
    """A room whose pilots run at a planned speed."""

    elapsed: float
    rate: float
    measured: list[str] = field(default_factory=list)

    def do(self, _step: str, jobs: Mapping[str, Job]) -> dict[str, JobResult]:
        self.measured += jobs
        seconds = self.rate * PILOT_ROWS
        return {
            name: JobResult(job.key, rows=PILOT_ROWS, train_seconds=seconds)
            for name, job in jobs.items()
        }


def plan(
    *proposals: Proposal,
    left: float | None,
    rate: float = 0.01,
    rows: int = 1200,
    out_of_fold: bool = True,
    first: bool = True,
    served: bool = False,
) -> Plan:
    prepared = SimpleNamespace(
        out_of_fold=out_of_fold, rows_train=rows, rows_dev=rows, rows_all=round(rows * 1.25)
    )
    question: Any = SimpleNamespace(
        prepared=prepared,
        request=SimpleNamespace(budget=Budget(left, 4), workers=2, threads=1),
        parent="weights" if served else None,
        jobs=lambda _room, recipe: {0: Job("", TASK, recipe, "rows")},
    )
    room: Any = Clockwork(0.0, rate)
    return pace(room, question, proposals, first=first)


def test_without_a_clock_everything_is_trained_as_proposed() -> None:
    for rows in (90, 1200):
        found = plan(full(5), PROBE, left=None, rows=rows)
        assert [item.proposal for item in found.trials] == [full(5), PROBE]


@pytest.mark.parametrize(
    ("rows", "folds"), [(1, 5), (90, 5), (200, 5), (201, 5), (250, 4), (500, 2), (5000, 2)]
)
def test_without_a_clock_no_more_folds_than_give_rows_enough(rows: int, folds: int) -> None:
    """At least two folds, and at least 200 rows where there are as many."""
    found = plan(full(5), PROBE, left=None, rows=rows)
    assert [item.folds for item in found.trials] == [folds, folds]
    assert bool(found.trials[0].note) == (folds < FOLDS)
    held_out = plan(full(5), left=None, rows=rows, out_of_fold=False)
    assert held_out.trials[0].folds == FOLDS


@pytest.mark.parametrize(("rows", "folds"), [(30, 5), (50, 4), (90, 3), (199, 2), (200, 1)])
def test_where_a_version_serves_40_rows_are_enough(rows: int, folds: int) -> None:
    found = plan(full(5), PROBE, left=None, rows=rows, served=True)
    assert [item.folds for item in found.trials] == [folds, folds]


def test_much_time_cuts_nothing() -> None:
    found = plan(full(5), PROBE, left=10_000.0)
    assert [item.proposal for item in found.trials] == [full(5), PROBE]
    assert found.trials[0].folds == FOLDS
    assert not found.trials[0].note


def test_folds_go_before_epochs() -> None:
    found = plan(full(5), PROBE, left=250.0).trials[0]
    assert 1 <= found.folds < FOLDS
    assert found.proposal.recipe.hyper["epochs"] == 5
    assert "folds" in found.note


def test_epochs_are_cut_in_the_first_iteration_only() -> None:
    hurried = plan(full(8), PROBE, left=90.0, rows=2400).trials
    assert hurried[0].proposal.recipe.hyper["epochs"] < 8
    assert "of 8 epochs" in hurried[0].note
    later = plan(full(8), PROBE, left=90.0, rows=2400, first=False).trials
    assert [item.proposal for item in later] == [PROBE]


def test_averaged_fits_go_after_folds_and_before_epochs() -> None:
    """A mean of three is scored by one of its fits, and takes three times as long in the end."""
    hyper = {"epochs": 3, "members": 3}
    proposal = Proposal(Recipe("minilm", "keeping.v1", hyper), "draft", "a mean of three")
    whole = plan(proposal, left=3000.0)
    assert whole.trials[0].proposal == proposal
    one = plan(full(3), left=3000.0)
    assert whole.seconds == one.seconds
    assert whole.final > 2.5 * one.final
    assert "scored by one of 3 fits" in whole.trials[0].note
    single = plan(proposal, left=150.0).trials[0]
    assert single.proposal.recipe.hyper == {"epochs": 3, "members": 1}
    assert single.folds == 1 and "1 fit instead of the mean of 3" in single.note
    assert plan(proposal, left=150.0, first=False).trials == ()


def test_a_job_that_scores_averages_nothing() -> None:
    recipe = Recipe("minilm", "keeping.v1", {"epochs": 3, "members": 3})
    rows: Any = SimpleNamespace(task=TASK, train="rows", dev="dev", folds="", out_of_fold=False)
    asked: Any = SimpleNamespace(threads=1, workers=2)
    room: Any = SimpleNamespace(workspace=SimpleNamespace(root="w"))
    (job,) = Question(asked, rows, "", {}).jobs(room, recipe).values()
    assert job.recipe == replace(recipe, hyper={"epochs": 3, "members": 1})
    assert recipe.passes == 9 and job.recipe.passes == 3


def test_a_lone_fit_gets_all_threads_and_folds_share_them() -> None:
    alone = plan(full(5), PROBE, left=300.0, out_of_fold=False).trials
    assert alone[0].alone
    together = plan(full(5), full(3), left=600.0, out_of_fold=False).trials
    assert not any(item.alone for item in together)


def test_a_probe_is_never_cut() -> None:
    assert plan(PROBE, left=1.0).trials[0].proposal == PROBE


@given(
    left=st.floats(1.0, 2000.0),
    rate=st.floats(0.001, 0.1),
    rows=st.integers(50, 5000),
    epochs=st.integers(1, 10),
    out_of_fold=st.booleans(),
    first=st.booleans(),
)
def test_what_is_planned_fits(
    left: float, rate: float, rows: int, epochs: int, out_of_fold: bool, first: bool
) -> None:
    found = plan(
        full(epochs),
        PROBE,
        left=left,
        rate=rate,
        rows=rows,
        out_of_fold=out_of_fold,
        first=first,
    )
    if any(item.proposal.recipe.strategy == "full.v1" for item in found.trials):
        assert found.seconds + found.final <= left
    assert PROBE in [item.proposal for item in found.trials]
