"""`kill -9` at random moments, then `runs resume`: the result of the uninterrupted run."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.loop.helpers import folder

from pioneer.journal.journal import Journal
from pioneer.store.workspace import open_workspace

KILLS = 10
SAME = ("decision", "model", "version", "recipe_hash", "data_hash", "scores", "trials", "baselines")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("whole_group", [False, True], ids=["main process", "group"])
def test_a_run_killed_ten_times_ends_as_the_uninterrupted_one(
    whole_group: bool, tmp_path: Path
) -> None:
    data = folder(tmp_path / "data", "classification")
    expected = json.loads(_finish(_start(_cold_start(data, tmp_path / "whole"))))
    rng = random.Random(f"kill {whole_group}")
    workspace = tmp_path / "killed"
    _kill_after(_start(_cold_start(data, workspace)), rng.uniform(1.0, 4.0), whole_group)
    for _ in range(KILLS - 1):
        _kill_after(_start(_resume(workspace)), rng.uniform(0.3, 4.0), whole_group)
    begun = (workspace / "pioneer.db").exists() and _runs(workspace)
    command = _resume(workspace) if begun else _cold_start(data, workspace)
    ended = json.loads(_finish(_start(command)))
    assert {key: ended[key] for key in SAME} == {key: expected[key] for key in SAME}
    assert Path(ended["report"]).exists()
    _nothing_twice(workspace, ended["run"])
    again = json.loads(_finish(_start(_resume(workspace))))
    assert again == ended
    assert not list((workspace / "artifacts" / "tmp").glob("*"))


def _nothing_twice(workspace: Path, run: str) -> None:
    with open_workspace(workspace, write=False) as opened:
        entries = Journal(opened.engine, run).entries()
    for name, key in (("trial", "number"), ("job finished", "key"), ("unsealed", "manifest")):
        counts = Counter(e.payload[key] for e in entries if e.name == name)
        assert set(counts.values()) == {1}, name
    assert sum(len(_listed(workspace, what)) for what in ("models", "runs")) == 2


def _runs(workspace: Path) -> list[Any]:
    return _listed(workspace, "runs")


def _listed(workspace: Path, what: str) -> list[Any]:
    found: list[Any] = json.loads(_finish(_start([what, "list", *_common(workspace)])))
    return found


def _cold_start(data: Path, workspace: Path) -> list[str]:
    task = ["cold-start", "classify short texts by topic", "--data", str(data), "--base", "fake"]
    return [*task, "--name", "m", "--target", "1.0", "--max-trials", "4", *_common(workspace)]


def _resume(workspace: Path) -> list[str]:
    return ["runs", "resume", *_common(workspace)]


def _common(workspace: Path) -> list[str]:
    return ["--workspace", str(workspace), "--json"]


def _start(arguments: list[str]) -> subprocess.Popen[str]:
    """A command in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "pioneer.cli.main", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    return out


def _kill_after(process: subprocess.Popen[str], seconds: float, whole_group: bool) -> None:
    """Kill, unless it ended before; then no process of its group may be left."""
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        if whole_group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
    deadline = time.monotonic() + 20
    while left := _members(process.pid):
        assert time.monotonic() < deadline, f"orphans: {left}"
        time.sleep(0.05)


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
