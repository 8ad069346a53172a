"""Commands that are killed on their way, and what must hold of the workspace then."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pioneer import api
from pioneer.journal import runs
from pioneer.journal.journal import Journal
from pioneer.registry import versions
from pioneer.store.workspace import open_workspace

SAME = ("decision", "reason", "model", "version", "task", "mapping", "recipe_hash", "data_hash")
SAME += ("scores", "parent_scores", "baselines", "gate", "trials")
"""What a run prints, but for its name, its cost and the place of its report."""

_PROGRESS = ("stage finished", "job finished", "iteration planned", "trial", "search ended")
_PROGRESS += ("unsealed",)
"""Events that no later life writes again."""
_PATIENCE = 240.0


@dataclass(frozen=True, slots=True)
class Course:
    """How an uninterrupted run went."""

    printed: dict[str, Any]
    seconds: float
    events: tuple[float, ...]
    """When each event of progress was written, in seconds after the start of the process."""

    def moments(self, count: int, rng: random.Random) -> list[float]:
        """Moments spread over the whole run, one at random in each of `count` equal parts."""
        return [self.seconds * (part + rng.random()) / count for part in range(count)]


@dataclass(frozen=True, slots=True)
class Attempt:
    """The same cold start, in a workspace of its own each time."""

    arguments: Sequence[str]
    """What to learn, without the workspace."""

    def start(self, workspace: Path) -> subprocess.Popen[str]:
        return started(["cold-start", *self.arguments], workspace)

    def course(self, workspace: Path) -> Course:
        """Do it without interruption."""
        began = time.time()
        printed = json.loads(finished(self.start(workspace)))
        seconds = time.time() - began
        return Course(printed, seconds, tuple(at - began for at in _events(workspace)))

    def killed(
        self, workspace: Path, course: Course, moments: Sequence[float], whole_group: Sequence[bool]
    ) -> dict[str, Any]:
        """Do it with a kill at each moment, then to the end: what it prints then."""
        for moment, group in zip(moments, whole_group, strict=True):
            life = self._life(workspace)
            _kill(life, workspace, course, moment, group)
            _check_between(workspace)
        printed: dict[str, Any] = json.loads(finished(self._life(workspace)))
        return printed

    def _life(self, workspace: Path) -> subprocess.Popen[str]:
        begun = _count(workspace, "SELECT count(*) FROM runs")
        return started(["runs", "resume"], workspace) if begun else self.start(workspace)


def started(arguments: Sequence[str], workspace: Path) -> subprocess.Popen[str]:
    """A command in a process group of its own. Its threads sleep where they wait: the machine may
    be busy."""
    command = [sys.executable, "-m", "pioneer.cli.main", *arguments]
    return subprocess.Popen(
        [*command, "--workspace", str(workspace), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"},
    )


def finished(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 0, err
    return out


def check_ended(workspace: Path, printed: dict[str, Any], whole: Path, course: Course) -> None:
    """As the uninterrupted run ended: nothing lost, nothing twice, nothing left over."""
    assert {key: printed[key] for key in SAME} == {key: course.printed[key] for key in SAME}
    assert json.loads(finished(started(["runs", "resume"], workspace))) == printed
    report = Path(printed["report"])
    assert "</html>" in report.read_text(encoding="utf-8")
    assert [len(api.list_models(workspace)), len(api.list_runs(workspace))] == [1, 1]
    with open_workspace(workspace, write=False) as opened:
        entries = Journal(opened.engine, printed["run"]).entries()
    for name, key in (("trial", "number"), ("job finished", "key"), ("unsealed", "manifest")):
        counts = Counter(entry.payload[key] for entry in entries if entry.name == name)
        assert counts, name
        assert set(counts.values()) == {1}, name
    stages = Counter(e.payload["stage"] for e in entries if e.name == "stage finished")
    assert set(stages.values()) == {1}
    for place in (workspace, whole):
        api.prune(place)  # a kill after the end may have spared weights that did not ship
    assert files(workspace, printed["run"]) == files(whole, course.printed["run"])


def files(workspace: Path, run: str) -> dict[str, int]:
    """Every file of a workspace, but for how SQLite cuts its own, and the sizes of artefacts."""
    found = {}
    for path in sorted(workspace.rglob("*")):
        name = path.relative_to(workspace).as_posix().replace(run, "RUN")
        if path.is_file() and not name.endswith(("-wal", "-shm")):
            found[name] = path.stat().st_size if name.startswith("artifacts") else 0
    return found


def _kill(
    life: subprocess.Popen[str], workspace: Path, course: Course, moment: float, whole_group: bool
) -> None:
    """Kill a life where the uninterrupted run was at `moment`, unless it ended before that; then
    no process of its group may be left."""
    before = [at for at in course.events if at <= moment]
    deadline = time.monotonic() + _PATIENCE
    while life.poll() is None and len(_events(workspace)) < len(before):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    try:
        life.communicate(timeout=moment - max(before, default=0.0))
    except subprocess.TimeoutExpired:
        if whole_group:
            os.killpg(life.pid, signal.SIGKILL)
        else:
            life.kill()
        life.communicate()
    deadline = time.monotonic() + 20
    while left := _members(life.pid):
        assert time.monotonic() < deadline, f"orphans: {left}"
        time.sleep(0.05)


def _check_between(workspace: Path) -> None:
    """Either nothing is served yet, or all of it, and the run says so."""
    if not _count(workspace, "SELECT count(*) FROM runs"):
        return
    with open_workspace(workspace, write=False) as opened:
        with opened.engine.connect() as connection:
            known = versions.all_versions(connection)
        status = runs.all_runs(opened.engine)[-1].status
        assert (status is runs.RunStatus.FINISHED) == bool(known)
        for version in known:
            opened.artifacts.folder(str(version.checkpoint))


def _events(workspace: Path) -> list[float]:
    marks = ",".join("?" * len(_PROGRESS))
    query = f"SELECT at FROM events WHERE name IN ({marks}) ORDER BY seq"
    return [at for (at,) in _asked(workspace, query, _PROGRESS)]


def _count(workspace: Path, query: str) -> int:
    found = _asked(workspace, query)
    return int(found[0][0]) if found else 0


def _asked(workspace: Path, query: str, values: Sequence[str] = ()) -> list[tuple[Any, ...]]:
    """Rows of the database; none where there is no database or no table yet."""
    try:
        with closing(sqlite3.connect(f"file:{workspace}/pioneer.db?mode=ro", uri=True)) as database:
            return database.execute(query, values).fetchall()
    except sqlite3.OperationalError:
        return []


def _members(group: int) -> list[int]:
    """Living processes of a group (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found
