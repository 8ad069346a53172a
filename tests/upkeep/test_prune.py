"""Nothing that a version or an open run needs is ever deleted, and everything else can be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pioneer import api
from pioneer.execution.inline import inline_executor
from pioneer.execution.job import Job, JobResult
from pioneer.journal import runs
from pioneer.journal.runs import RunStatus
from pioneer.loop.outcome import Outcome
from pioneer.loop.request import ColdStart
from pioneer.records import dump
from pioneer.store.artifacts import size_of
from pioneer.store.workspace import open_workspace
from pioneer.upkeep.prune import prune
from tests.loop.helpers import Listed, facts, fake_request, folder, go_on, rows, run, table, written

NEAR = table(neighbours=1)
FREQUENT = table(fallback="frequent")


class Killed(BaseException):
    pass


def guesses(path: Path) -> Path:
    """Data whose labels nothing tells, so that the refit answers otherwise and the model that was
    scored ships: the very weights of its trial."""
    topics = ["food", "music", "weather"]
    found = rows("classification", 240)
    for number, row in enumerate(found):
        row["label"] = topics[(number * number + number // 7) % 3]
    return written(path, {"all": found})


def cut_off(after: int) -> Callable[[Sequence[Job], Any], Iterator[JobResult]]:
    """An executor that is killed after so many jobs."""
    left = [after]

    def execute(jobs: Sequence[Job], progress: Any) -> Iterator[JobResult]:
        for result in inline_executor(jobs, progress):
            if not left[0]:
                raise Killed
            left[0] -= 1
            yield result

    return execute


def interrupted(workspace: Path, wanted: ColdStart, strategist: Listed, after: int) -> runs.Run:
    with open_workspace(workspace, write=True) as opened:
        begun = runs.start(opened.engine, "cold-start", dump(wanted))
        with pytest.raises(Killed):
            go_on(opened, begun, wanted, strategist, cut_off(after))
    return begun


def resumed(workspace: Path, begun: runs.Run, wanted: ColdStart, strategist: Listed) -> Outcome:
    with open_workspace(workspace, write=True) as opened:
        return go_on(opened, begun, wanted, strategist)


def weights(workspace: Path, model: str) -> Path:
    with open_workspace(workspace, write=False) as opened:
        version = api._find(opened, model)
        return opened.artifacts.folder(str(version.checkpoint))


def works(workspace: Path, model: str) -> None:
    assert api.load(model, workspace=workspace)(["a rain cloud"])[0].output
    assert api.evaluate(model, str(workspace.parent / "d"), workspace)["n"]


def test_a_loser_of_one_run_that_is_served_under_another_name_stays(tmp_path: Path) -> None:
    data = guesses(tmp_path / "d")
    first = run(
        tmp_path / "w",
        fake_request(data, "classification", name="one", max_trials=1),
        Listed((NEAR,)),
    )
    before = weights(tmp_path / "w", "one")
    wanted = fake_request(data, "classification", name="two", max_trials=2)
    second = run(tmp_path / "w", wanted, Listed((NEAR, FREQUENT)))
    assert first.recipe_hash != second.recipe_hash  # it lost there
    assert weights(tmp_path / "w", "one") == before
    works(tmp_path / "w", "one")
    works(tmp_path / "w", "two")


def test_weights_that_two_versions_share_are_deleted_with_the_last(tmp_path: Path) -> None:
    data = guesses(tmp_path / "d")
    for name in ("one", "two"):
        wanted = fake_request(data, "classification", name=name, max_trials=1)
        run(tmp_path / "w", wanted, Listed((NEAR,)))
    again = fake_request(data, "classification", name="one", max_trials=1, seed=1)
    run(tmp_path / "w", again, Listed((FREQUENT,)))
    place = weights(tmp_path / "w", "one@1")
    assert weights(tmp_path / "w", "two@1") == place
    api.promote_model("one@2", tmp_path / "w", force=True, reason="try")
    assert api.delete_model("one@1", tmp_path / "w")["bytes"] == 0
    works(tmp_path / "w", "two")
    run(
        tmp_path / "w",
        fake_request(data, "classification", name="two", max_trials=1, seed=1),
        Listed((FREQUENT,)),
    )
    api.promote_model("two@2", tmp_path / "w", force=True, reason="try")
    size = size_of(place)
    assert api.delete_model("two@1", tmp_path / "w")["bytes"] == size
    assert not place.exists()


@pytest.mark.parametrize("after", [3, 6, 7])
def test_an_interrupted_run_finds_what_it_made_whatever_was_done_meanwhile(
    after: int, tmp_path: Path
) -> None:
    data = guesses(tmp_path / "d")
    both, only = Listed((NEAR, FREQUENT)), Listed((NEAR,))
    wanted = fake_request(data, "classification", name="long", max_trials=2)
    whole = run(tmp_path / "whole", wanted, both)
    begun = interrupted(tmp_path / "w", wanted, both, after)
    run(tmp_path / "w", fake_request(data, "classification", name="b", max_trials=1), only)
    run(tmp_path / "w", fake_request(data, "classification", name="b", max_trials=2, seed=1), both)
    api.promote_model("b@2", tmp_path / "w", force=True, reason="try")
    api.delete_model("b@1", tmp_path / "w")
    api.prune(tmp_path / "w")
    assert facts(resumed(tmp_path / "w", begun, wanted, both)) == facts(whole)
    works(tmp_path / "w", "long")
    works(tmp_path / "w", "b")


def test_a_failed_run_can_be_resumed_after_pruning_and_a_cancelled_one_is_cleared_away(
    tmp_path: Path,
) -> None:
    data = folder(tmp_path / "d", "classification")
    wanted = fake_request(data, "classification", max_trials=2)
    listed = Listed((table(), FREQUENT))
    whole = run(tmp_path / "whole", wanted, listed)
    begun = interrupted(tmp_path / "w", wanted, listed, 9)
    with open_workspace(tmp_path / "w", write=True) as opened:
        with opened.engine.begin() as connection:
            runs.finish(connection, begun.id, RunStatus.FAILED, None)
        prune(opened)
        outcome = go_on(opened, begun, wanted, listed)
    assert facts(outcome) == facts(whole)
    other = interrupted(tmp_path / "w", fake_request(data, "classification", seed=3), listed, 9)
    assert api.prune(tmp_path / "w")["artifacts"] > 0  # what the finished run needs no more
    assert api.prune(tmp_path / "w") == {"artifacts": 0, "bytes": 0}
    api.cancel(other.id, tmp_path / "w")
    freed = api.prune(tmp_path / "w")
    assert freed["artifacts"] > 0
    assert freed["bytes"] > 0
    works(tmp_path / "w", "m")


def test_after_pruning_all_that_was_promised_still_works(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification", count=180)
    workspace = tmp_path / "w"
    outcome = run(workspace, fake_request(data, "classification"))
    shown = api.show_model("m", workspace)
    evaluated = api.evaluate("m", str(data), workspace)
    before = size_of(workspace / "artifacts")
    freed = api.prune(workspace)
    assert freed["bytes"] == before - size_of(workspace / "artifacts") > 0
    assert api.prune(workspace) == {"artifacts": 0, "bytes": 0}
    assert api.show_model("m", workspace) == shown
    assert api.evaluate("m", str(data), workspace) == evaluated
    assert api.resume(outcome.run, workspace) == outcome
    assert api.show_run(outcome.run, workspace)["trials"]
    assert api.export_model("m", tmp_path / "e", workspace, form="safetensors")["agreement"] == 1.0
    page = Path(outcome.report)
    page.unlink()
    assert api.report(outcome.run, workspace)["report"] == str(page)
    assert page.exists()


def test_weights_that_lost_are_gone_when_a_run_ends(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification", count=240)
    run(tmp_path / "w", fake_request(data, "classification"))
    shipped = weights(tmp_path / "w", "m")
    tables = list((tmp_path / "w" / "artifacts").glob("??/*/table.json"))
    assert tables == [shipped / "table.json"]
