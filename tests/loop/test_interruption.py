"""A run that is cut off at any step goes on to the same end, and what is served stays whole."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from pioneer.journal import runs
from pioneer.journal.journal import Journal
from pioneer.loop.outcome import Outcome
from pioneer.loop.request import ColdStart
from pioneer.records import dump
from pioneer.registry import versions
from pioneer.store.workspace import Workspace, open_workspace
from pioneer.upkeep.prune import prune
from tests.loop.helpers import Listed, facts, fake_request, folder, go_on, run, table

WEAK = Listed((table(coverage=0.25, fallback="none"),))
GOOD = Listed((table(fallback="frequent"), table(), table(neighbours=3)))


class CutOff(BaseException):
    """Stands for a kill: nothing catches it."""


@dataclass(eq=False)
class Steps:
    """Counts what is written to the database, and cuts off before the step that it is told."""

    cut_at: int | None = None
    count: int = 0

    def __call__(self, _connection: object) -> None:
        self.count += 1
        if self.count == self.cut_at:
            raise CutOff


@contextmanager
def stepped(workspace: Path, steps: Steps) -> Iterator[Workspace]:
    with open_workspace(workspace, write=True) as opened:
        event.listen(opened.engine, "commit", steps)
        yield opened


@dataclass(frozen=True, slots=True)
class Setting:
    """A workspace in which m@1 is served, and the second cold start of `m`, done without a cut."""

    first: Path
    wanted: ColdStart
    whole: Outcome
    steps: int


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    place = tmp_path_factory.mktemp("cut")
    data = folder(place / "data 1", "classification", count=60)
    run(place / "first", fake_request(data, "classification", max_trials=1), WEAK)
    data = folder(place / "data 2", "classification", count=147, seed=2)
    wanted = fake_request(data, "classification", max_trials=3)
    shutil.copytree(place / "first", place / "whole")
    steps = Steps()
    with stepped(place / "whole", steps) as opened:
        whole = go_on(opened, begin(opened, wanted), wanted, GOOD)
    assert (whole.version, whole.decision) == (2, "promoted")
    return Setting(place / "first", wanted, whole, steps.count)


def begin(opened: Workspace, wanted: ColdStart) -> runs.Run:
    return runs.start(opened.engine, "cold-start", dump(wanted))


def latest(opened: Workspace, setting: Setting) -> runs.Run:
    """The second run of the workspace, begun if it is not there yet."""
    found = runs.all_runs(opened.engine)[1:]
    return found[0] if found else begin(opened, setting.wanted)


def check_between(workspace: Path) -> None:
    """m@1 is served, whole, until the run is finished and m@2 is."""
    with open_workspace(workspace, write=False) as opened:
        with opened.engine.connect() as connection:
            served = versions.find(connection, "m")
            known = versions.all_versions(connection, "m")
        status = [one.status for one in runs.all_runs(opened.engine)][1:]
        assert served.version == len(known) == 1 + (status == [runs.RunStatus.FINISHED])
        assert list(opened.artifacts.folder(str(served.checkpoint)).iterdir())


def lives(
    workspace: Path, setting: Setting, cuts: list[int], between: Callable[[Workspace], Any]
) -> Outcome:
    """The second cold start, cut off in each life at the step given, then done to its end."""
    for cut in cuts:
        try:
            with stepped(workspace, Steps(cut)) as opened:
                return go_on(opened, latest(opened, setting), setting.wanted, GOOD)
        except CutOff:
            check_between(workspace)
        with open_workspace(workspace, write=True) as opened:
            between(opened)
    with open_workspace(workspace, write=True) as opened:
        return go_on(opened, latest(opened, setting), setting.wanted, GOOD)


def nothing_twice(workspace: Path, run_id: str) -> None:
    with open_workspace(workspace, write=False) as opened:
        entries = Journal(opened.engine, run_id).entries()
    for name, key in (("trial", "number"), ("job finished", "key"), ("unsealed", "manifest")):
        counts = Counter(entry.payload[key] for entry in entries if entry.name == name)
        assert set(counts.values()) == {1}, name


@pytest.mark.parametrize("cut", [4, 5])
def test_cut_off_after_every_step(cut: int, setting: Setting, tmp_path: Path) -> None:
    """Each life gets on by a step or two, so that a cut falls before nearly every write."""
    shutil.copytree(setting.first, tmp_path / "w")
    outcome = lives(tmp_path / "w", setting, [cut] * setting.steps, lambda _opened: None)
    assert facts(outcome) == facts(setting.whole)
    nothing_twice(tmp_path / "w", outcome.run)


def test_cut_off_again_and_again_and_pruned_in_between(setting: Setting, tmp_path: Path) -> None:
    shutil.copytree(setting.first, tmp_path / "w")
    outcome = lives(tmp_path / "w", setting, [3, 8, 9, 7, 9, 8], prune)
    assert facts(outcome) == facts(setting.whole)
    nothing_twice(tmp_path / "w", outcome.run)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 0.97, 1.0])
def test_cut_off_once(share: float, setting: Setting, tmp_path: Path) -> None:
    shutil.copytree(setting.first, tmp_path / "w")
    cut = max(1, round(share * setting.steps))
    outcome = lives(tmp_path / "w", setting, [cut], lambda _opened: None)
    assert facts(outcome) == facts(setting.whole)
    check_between(tmp_path / "w")
