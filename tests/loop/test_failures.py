"""Trainings that fail: named, never 'ok', and tried again where a run is gone on with."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pioneer import api
from pioneer.errors import (
    ArgumentError,
    BaseModelError,
    DataError,
    PioneerError,
    RegistryError,
    TrainingError,
)
from pioneer.execution.inline import inline_executor
from pioneer.execution.job import Job, JobResult
from pioneer.journal import runs
from pioneer.journal.journal import Journal
from pioneer.loop.request import ColdStart
from pioneer.records import Recipe, dump
from pioneer.store.workspace import open_workspace
from pioneer.strategist.base import Proposal, SearchState
from pioneer.strategist.rules import RulesStrategist
from tests.loop.helpers import (
    DESCRIPTIONS,
    Listed,
    facts,
    fake_request,
    folder,
    go_on,
    run,
    table,
)

UNKNOWN = Recipe("fake", "no-such.v1", {})


class Unlucky:
    """Does the jobs, but for those that `fails` picks: of these the worker dies."""

    def __init__(self, fails: Callable[[Job], bool]) -> None:
        self._fails = fails

    def __call__(
        self, jobs: Sequence[Job], progress: Callable[[str, float], None]
    ) -> Iterator[JobResult]:
        for job in jobs:
            if self._fails(job):
                yield JobResult(job.key, error="the worker process died (signal 9)")
            else:
                yield from inline_executor([job], progress)


class EveryOther:
    """Proposes a recipe that cannot be run before each that can."""

    def propose(self, state: SearchState, k: int, rng: random.Random) -> list[Proposal]:
        bad = Recipe("fake", "no-such.v1", {}, seed=state.iteration)
        good = RulesStrategist().propose(state, k - 1, rng)
        return [Proposal(bad, "draft", "it cannot be run"), *good][:k]


@pytest.fixture
def wanted(tmp_path: Path) -> ColdStart:
    return fake_request(folder(tmp_path / "d", "classification"), "classification")


def nothing_registered(workspace: Path) -> bool:
    return api.list_models(workspace) == []


def test_where_every_training_fails_the_run_fails_and_says_why(
    wanted: ColdStart, tmp_path: Path
) -> None:
    listed = Listed(tuple(Recipe("fake", "no-such.v1", {}, seed=n) for n in range(9)))
    with pytest.raises(TrainingError) as failed:
        run(tmp_path / "w", wanted, listed)
    assert "none of 4 trainings succeeded; the first error: unknown strategy 'no-such.v1'" in str(
        failed.value
    )
    assert nothing_registered(tmp_path / "w")
    with open_workspace(tmp_path / "w", write=False) as opened:
        trials = Journal(opened.engine, runs.all_runs(opened.engine)[0].id).entries("trial")
        assert not Journal(opened.engine, trials[0].name).entries("unsealed")
    assert [entry.payload["status"] for entry in trials] == ["failed"] * 4


def test_failed_trials_are_told_apart_and_never_win(wanted: ColdStart, tmp_path: Path) -> None:
    outcome = run(tmp_path / "w", wanted, EveryOther())
    assert [trial["status"] for trial in outcome.trials] == ["failed", "finished"] * 2
    assert all(
        ("unknown strategy" in str(t["error"])) == (t["score"] is None) for t in outcome.trials
    )
    assert outcome.decision == "promoted"
    report = json.loads((Path(outcome.report).parent / "report.json").read_text())
    assert report["search"]["winner"] in (1, 3)


def test_a_search_without_one_success_is_given_up(wanted: ColdStart, tmp_path: Path) -> None:
    patient = fake_request(Path(wanted.data[0]), "classification", max_trials=30)
    listed = Listed(tuple(Recipe("fake", "no-such.v1", {}, seed=n) for n in range(30)))
    with pytest.raises(TrainingError, match="none of 4 trainings"):
        run(tmp_path / "w", patient, listed)


def test_a_failed_baseline_fails_the_run(wanted: ColdStart, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the baseline 'probe' failed: the worker process died"):
        run(tmp_path / "w", wanted, executor=Unlucky(lambda job: job.inspect))
    assert nothing_registered(tmp_path / "w")


def test_a_failed_final_fit_fails_the_run(wanted: ColdStart, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the final training of the winner failed"):
        run(
            tmp_path / "w", wanted, executor=Unlucky(lambda job: job.keep and job.score is not None)
        )
    assert nothing_registered(tmp_path / "w")


def test_a_failed_refit_leaves_the_model_that_was_scored(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification", count=180)
    wanted = fake_request(data, "classification", max_trials=1)
    outcome = run(
        tmp_path / "w",
        wanted,
        Listed((table(),)),
        Unlucky(lambda job: job.keep and job.score is None),
    )
    report = json.loads((Path(outcome.report).parent / "report.json").read_text())
    assert "the refit failed: the worker process died" in report["refit"]["note"]
    card = api.show_model("m", tmp_path / "w")["card"]
    with open_workspace(tmp_path / "w", write=False) as opened:
        learned = opened.artifacts.get_json(card["manifest"])["entries"]
    assert len(learned) == 180 - outcome.scores["test"].n - outcome.scores["dev"].n
    assert api.load("m", workspace=tmp_path / "w")(["a rain cloud"])[0].output == "weather"


@pytest.mark.parametrize(
    "fails",
    [
        lambda job: job.inspect,
        lambda job: job.keep,
        lambda job: job.ask is not None and not job.keep,
    ],
    ids=["baseline", "final fit", "asking the baseline"],
)
def test_what_failed_in_one_life_is_tried_again_in_the_next(
    fails: Callable[[Job], bool], wanted: ColdStart, tmp_path: Path
) -> None:
    whole = run(tmp_path / "whole", wanted)
    with open_workspace(tmp_path / "w", write=True) as opened:
        begun = runs.start(opened.engine, "cold-start", dump(wanted))
        for _ in range(2):
            with pytest.raises(TrainingError, match="the worker process died"):
                go_on(opened, begun, wanted, executor=Unlucky(fails))
        assert facts(go_on(opened, begun, wanted)) == facts(whole)


def test_a_trial_that_failed_stays_failed_when_the_run_goes_on(
    wanted: ColdStart, tmp_path: Path
) -> None:
    """What a trial came to is on record; later trials were proposed because of it."""
    listed = Listed((UNKNOWN, table(), table(neighbours=3)))
    whole = run(tmp_path / "whole", wanted, listed)
    with open_workspace(tmp_path / "w", write=True) as opened:
        begun = runs.start(opened.engine, "cold-start", dump(wanted))
        with pytest.raises(TrainingError):
            go_on(opened, begun, wanted, listed, Unlucky(lambda job: job.keep))
        done: list[Job] = []

        def watched(jobs: Sequence[Job], progress: Any) -> Iterator[JobResult]:
            done.extend(jobs)
            yield from inline_executor(jobs, progress)

        assert facts(go_on(opened, begun, wanted, listed, watched)) == facts(whole)
    assert [trial["status"] for trial in whole.trials] == ["failed", "finished", "finished"]
    assert all(job.recipe.strategy != UNKNOWN.strategy for job in done)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"base": "no/such-base/at/all"}, BaseModelError, "no/such-base"),
        ({"labels": ["weather", "sports"]}, PioneerError, "sports"),
        ({"metric": "no_such_metric"}, PioneerError, "no_such_metric"),
        ({"mapping": {"text": "no_such_column"}}, PioneerError, "no_such_column"),
    ],
    ids=["base", "labels", "metric", "mapping"],
)
def test_a_refused_run_is_failed_and_registers_nothing(
    options: dict[str, Any], kind: type[PioneerError], message: str, tmp_path: Path
) -> None:
    data = folder(tmp_path / "d", "classification")
    settings: dict[str, Any] = {"base": "fake", "max_trials": 1, "name": "m"} | options
    with pytest.raises(kind, match=message) as refused:
        api.cold_start(
            DESCRIPTIONS["classification"], data=str(data), workspace=tmp_path / "w", **settings
        )
    assert "\n" not in str(refused.value)
    if (tmp_path / "w").exists():
        assert nothing_registered(tmp_path / "w")
        assert [line["status"] for line in api.list_runs(tmp_path / "w")] == ["failed"]
        with pytest.raises(RegistryError, match="no run to resume"):
            api.resume(None, tmp_path / "w")


def failed_run(workspace: Path, data: Path) -> str:
    """A run that was refused for a metric that its kind does not have; its id."""
    with pytest.raises(PioneerError):
        api.cold_start(
            DESCRIPTIONS["classification"],
            data=str(data),
            workspace=workspace,
            base="fake",
            max_trials=1,
            metric="no_such_metric",
        )
    return str(api.list_runs(workspace)[-1]["id"])


def test_a_failed_run_is_resumed_only_by_name_and_fails_the_same_way(tmp_path: Path) -> None:
    name = failed_run(tmp_path / "w", folder(tmp_path / "d", "classification"))
    with pytest.raises(ArgumentError, match="no_such_metric"):
        api.resume(name, tmp_path / "w")
    assert [line["status"] for line in api.list_runs(tmp_path / "w")] == ["failed"]
    assert "no_such_metric" in api.show_run(name, tmp_path / "w")["result"]["reason"]


def test_a_cancelled_run_is_not_gone_on_with(tmp_path: Path) -> None:
    name = failed_run(tmp_path / "w", folder(tmp_path / "d", "classification"))
    assert api.cancel(name, tmp_path / "w") == {"id": name, "status": "cancelled"}
    with pytest.raises(RegistryError, match=f"run {name} was cancelled"):
        api.resume(name, tmp_path / "w")
    with pytest.raises(RegistryError, match=f"run {name} is cancelled, not open"):
        api.cancel(name, tmp_path / "w")


def open_run(workspace: Path, wanted: ColdStart) -> str:
    """A run that was recorded and then interrupted before it did anything."""
    with open_workspace(workspace, write=True) as opened:
        return runs.start(opened.engine, "cold-start", dump(wanted)).id


@pytest.mark.parametrize("change", ["changed", "added", "removed", "renamed"])
def test_changed_data_are_refused(change: str, wanted: ColdStart, tmp_path: Path) -> None:
    name = open_run(tmp_path / "w", wanted)
    file = Path(wanted.data[0]) / "all.jsonl"
    if change == "changed":
        file.write_text(file.read_text(encoding="utf-8").replace("rain", "rein"), encoding="utf-8")
    elif change == "added":
        file.with_name("test.jsonl").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    elif change == "removed":
        file.unlink()
    else:
        file.rename(file.with_name("train.jsonl"))
    with pytest.raises((ArgumentError, DataError), match=r"data of run .* was changed|no data"):
        api.resume(None, tmp_path / "w")
    assert api.list_runs(tmp_path / "w")[0]["status"] == "running"
    api.cancel(name, tmp_path / "w")
    with pytest.raises(RegistryError, match="no run to resume"):
        api.resume(None, tmp_path / "w")


@pytest.mark.slow
def test_an_interrupted_run_is_resumed_and_then_tells_its_result_again(
    wanted: ColdStart, tmp_path: Path
) -> None:
    """Through the API, in worker processes; from another folder, after the data are gone too."""
    whole = run(tmp_path / "whole", wanted)
    open_run(tmp_path / "w", wanted)
    resumed = api.resume(None, tmp_path / "w")
    assert facts(resumed) == facts(whole)
    (Path(wanted.data[0]) / "all.jsonl").unlink()
    assert api.resume(None, tmp_path / "w") == resumed
    assert api.resume(resumed.run, tmp_path / "w") == resumed
    with pytest.raises(RegistryError, match="is finished, not open"):
        api.cancel(resumed.run, tmp_path / "w")
