"""A cycle that is cut off at any step goes on to the same end, and what is served stays whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pioneer import api
from pioneer.journal import runs
from pioneer.loop.outcome import Improved
from pioneer.loop.request import Improve
from pioneer.records import dump
from pioneer.registry import versions
from pioneer.registry.audits import audits
from pioneer.store.workspace import Workspace, open_workspace
from pioneer.upkeep.prune import prune
from tests.loop.cycles import calls, first, go_on, log, wanted
from tests.loop.test_interruption import CutOff, Steps, nothing_twice, stepped


@dataclass(frozen=True, slots=True)
class Setting:
    """A workspace in which m@1 is served, and a cycle of it, done without a cut."""

    first: Path
    wanted: Improve
    whole: Improved
    steps: int


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    place = tmp_path_factory.mktemp("cycle")
    start = first(place)
    request = wanted(log(place / "log.jsonl", calls(start, 380)))
    shutil.copytree(start, place / "whole")
    steps = Steps()
    with stepped(place / "whole", steps) as opened:
        whole = go_on(opened, begin(opened, request), request)
    assert (whole.version, whole.decision) == (2, "promoted")
    return Setting(start, request, whole, steps.count)


def begin(opened: Workspace, request: Improve) -> runs.Run:
    return runs.start(opened.engine, api.IMPROVE, dump(request))


def latest(opened: Workspace, setting: Setting) -> runs.Run:
    found = runs.all_runs(opened.engine)[1:]
    return found[0] if found else begin(opened, setting.wanted)


def facts(outcome: Improved) -> dict[str, Any]:
    told = dump(outcome)
    kept = ("decision", "reason", "version", "recipe_hash", "data_hash", "scores", "trials")
    return {key: told[key] for key in (*kept, "gate", "parent_scores", "log", "flips", "readings")}


def check_between(workspace: Path) -> None:
    """m@1 is served, whole, until the cycle is finished and m@2 is, with its audit record."""
    with open_workspace(workspace, write=False) as opened:
        with opened.engine.connect() as connection:
            served = versions.find(connection, "m")
            known = versions.all_versions(connection, "m")
            cycles = audits(connection, "m")
        status = [one.status for one in runs.all_runs(opened.engine)][1:]
        done = status == [runs.RunStatus.FINISHED]
        assert served.version == len(known) == 1 + done
        assert len(cycles) == done
        assert list(opened.artifacts.folder(str(served.checkpoint)).iterdir())


def lives(
    workspace: Path, setting: Setting, cuts: list[int], between: Callable[[Workspace], Any]
) -> Improved:
    for cut in cuts:
        try:
            with stepped(workspace, Steps(cut)) as opened:
                return go_on(opened, latest(opened, setting), setting.wanted)
        except CutOff:
            check_between(workspace)
        with open_workspace(workspace, write=True) as opened:
            between(opened)
    with open_workspace(workspace, write=True) as opened:
        return go_on(opened, latest(opened, setting), setting.wanted)


@pytest.mark.parametrize("pruned", [False, True])
def test_cut_off_after_every_step(pruned: bool, setting: Setting, tmp_path: Path) -> None:
    shutil.copytree(setting.first, tmp_path / "w")
    between: Callable[[Workspace], Any] = prune if pruned else lambda _opened: None
    outcome = lives(tmp_path / "w", setting, [5] * setting.steps, between)
    assert facts(outcome) == facts(setting.whole)
    nothing_twice(tmp_path / "w", outcome.run)


@pytest.mark.parametrize("step", range(12))
def test_cut_off_once(step: int, setting: Setting, tmp_path: Path) -> None:
    shutil.copytree(setting.first, tmp_path / "w")
    cut = max(1, round(setting.steps * (step + 1) / 12))
    outcome = lives(tmp_path / "w", setting, [cut], lambda _opened: None)
    assert facts(outcome) == facts(setting.whole)
    check_between(tmp_path / "w")
