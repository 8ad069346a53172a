"""`kill -9` in every stage of `improve`, then `runs resume`: the same decision and version, and
what is served is never missing or half written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from pioneer import api
from pioneer.journal.journal import Journal
from pioneer.store.workspace import open_workspace
from tests.crash.lives import SAME, finished, started
from tests.loop.cycles import calls, first, log

STAGES = (
    "served",
    "log",
    "kinship",
    "triage",
    "cut",
    "second look",
    "probes",
    "propagation",
    "lessons",
    "gate",
    "sealed",
)
PATIENCE = 120.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("improve")
    start = first(place)
    lines = calls(start, 400)
    log(place / "log.jsonl", [*lines[:380], *({**one, "expected": None} for one in lines[380:])])
    shutil.copytree(start, place / "whole")
    printed = finished(improving(place / "whole", place))
    (place / "printed.json").write_text(printed, encoding="utf-8")
    assert json.loads(printed)["version"] == 2
    return place


def improving(workspace: Path, place: Path) -> subprocess.Popen[str]:
    file = str(place / "log.jsonl")
    return started(["improve", "m", "--traces", file, "--max-trials", "2"], workspace)


def reached(workspace: Path, stage: str) -> bool:
    """Whether the second run has begun this stage."""
    with open_workspace(workspace, write=False) as opened:
        for run in api.list_runs(workspace)[1:]:
            begun = Journal(opened.engine, run["id"]).entries("stage started")
            return any(entry.payload["stage"] == stage for entry in begun)
    return False


def served(workspace: Path) -> str:
    """The label of what answers, once it has answered."""
    model = api.load("m", workspace=workspace)
    assert model(["rain over the garden"])[0].ranked
    return model.version.label


@pytest.mark.parametrize("stage", STAGES)
def test_killed_in_a_stage(stage: str, place: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    shutil.copytree(place / "w", workspace)
    life = improving(workspace, place)
    deadline = time.monotonic() + PATIENCE
    while life.poll() is None and not reached(workspace, stage):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(life.pid, signal.SIGKILL)
    life.communicate()
    assert served(workspace) in ("m@1", "m@2")
    printed: dict[str, Any] = json.loads(finished(started(["runs", "resume"], workspace)))
    whole = json.loads((place / "printed.json").read_text(encoding="utf-8"))
    assert {key: printed[key] for key in SAME} == {key: whole[key] for key in SAME}
    assert served(workspace) == ("m@2" if printed["decision"] == "promoted" else "m@1")
    assert [len(api.list_models(workspace)), len(api.list_runs(workspace))] == [2, 2]
