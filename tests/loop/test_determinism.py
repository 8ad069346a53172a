"""Same seed and trials, same result: in another workspace, from another folder, another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pioneer import api
from pioneer.records import dump
from tests.loop.helpers import DESCRIPTIONS, facts, fake_request, folder, lived

EQUAL = ("recipe_hash", "data_hash", "scores", "trials", "baselines", "task", "decision", "reason")


@pytest.mark.parametrize("kind", DESCRIPTIONS)
@pytest.mark.parametrize("count", [60, 180], ids=["out of fold", "held out"])
def test_two_runs_do_the_same_jobs_and_come_to_the_same(
    kind: str, count: int, tmp_path: Path
) -> None:
    data = folder(tmp_path / "d", kind, count=count)
    wanted = fake_request(data, kind, max_trials=6)
    one, other = (lived(tmp_path / name, wanted) for name in ("one", "deeper/other"))
    assert facts(one.outcome) == facts(other.outcome)
    assert [job.key for job in one.jobs] == [job.key for job in other.jobs]
    assert one.rows == other.rows
    assert [entry.name for entry in one.entries] == [entry.name for entry in other.entries]


def test_another_seed_is_another_run(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification")
    one, other = (
        lived(tmp_path / str(seed), fake_request(data, "classification", seed=seed))
        for seed in (0, 1)
    )
    assert one.outcome.data_hash != other.outcome.data_hash
    assert one.outcome.recipe_hash != other.outcome.recipe_hash


def test_a_seed_is_all_that_chance_depends_on(tmp_path: Path) -> None:
    """The folder of the data, the name of the model and more trials later do not."""
    here, there = (folder(tmp_path / name, "classification") for name in ("d", "e/f"))
    short = lived(tmp_path / "1", fake_request(here, "classification", max_trials=4))
    long = lived(tmp_path / "2", fake_request(there, "classification", max_trials=8, name="x"))
    assert long.outcome.data_hash == short.outcome.data_hash
    assert dump(long.outcome.trials[:4]) == dump(short.outcome.trials)


@pytest.mark.slow
def test_processes_started_elsewhere_with_other_hash_seeds_agree(tmp_path: Path) -> None:
    """A relative path, another working folder, another order of sets and dicts."""
    data = folder(tmp_path / "a" / "d", "classification")
    (tmp_path / "b").mkdir()
    told = [
        _cold_start(data.parent, "d", tmp_path / "w1", "1"),
        _cold_start(tmp_path / "b", str(data), tmp_path / "b" / "w2", "2"),
    ]
    assert told[0] == told[1]
    answers = [
        api.load("m", workspace=place)(["a rain cloud in my pocket", "our garden"])
        for place in (tmp_path / "w1", tmp_path / "b" / "w2")
    ]
    assert answers[0] == answers[1]


def _cold_start(where: Path, data: str, workspace: Path, hash_seed: str) -> dict[str, Any]:
    task = ["cold-start", DESCRIPTIONS["classification"], "--data", data, "--base", "fake"]
    rest = ["--name", "m", "--max-trials", "4", "--workspace", str(workspace), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "pioneer.cli.main", *task, *rest],
        cwd=where,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    printed = json.loads(done.stdout)
    return {key: printed[key] for key in EQUAL}
