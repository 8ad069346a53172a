"""Worker processes that train the real base: equal results, progress, deaths and bugs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from pioneer.execution.inline import inline_executor
from pioneer.execution.job import Job, JobResult, Scored
from pioneer.execution.local import local_executor
from pioneer.records import dump, load
from pioneer.store.artifacts import Artifacts
from tests.execution.offices import Office, children, ignore, office

pytestmark = pytest.mark.slow
LONG = {"epochs": 4000}
"""Minutes of training: whoever waits for its end has lost."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return office(tmp_path_factory.mktemp("office") / "w")


def came_of(result: JobResult) -> dict[str, object]:
    """All but what the clock and the process bring."""
    timeless = replace(result, cost=replace(result.cost, seconds=0), train_seconds=0, peak_mb=0)
    found: dict[str, object] = dump(timeless)
    return found


def test_inline_and_local_come_to_the_same_and_progress_is_told(
    place: Office, tmp_path: Path
) -> None:
    elsewhere = office(tmp_path / "elsewhere")

    def jobs(of: Office) -> list[Job]:
        return [
            of.job("probe.v1"),
            of.job("full.v1", epochs=1),
            of.fold("contrastive.v1", 0, epochs=1),
            of.fold("full.v1", 1, epochs=3, batch=4),
        ]

    here = {result.key: came_of(result) for result in inline_executor(jobs(place), ignore)}
    told: dict[str, list[float]] = defaultdict(list)
    with local_executor(2, tmp_path / "workers.log") as execute:
        done = execute(jobs(elsewhere), lambda key, share: told[key].append(share))
        there = {result.key: came_of(result) for result in done}
    assert here == there
    assert all(result["error"] is None for result in here.values())
    first = load(JobResult, here[jobs(place)[0].key])
    artifacts = Artifacts(place.workspace / "artifacts")
    scored = load(Scored, artifacts.get_json(str(first.stats)))
    assert len(scored.stats) == len(scored.calibrated) == 12
    assert (first.rows, first.cost.trained_rows) == (24, 24)
    assert artifacts.folder(str(first.checkpoint)).is_dir()
    assert set(told) == set(there)
    for shares in told.values():
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1.0)
    assert len(set(told[jobs(place)[3].key])) >= 9  # a tick for every step


def test_a_worker_killed_while_it_trains_fails_its_trial_and_no_other(
    place: Office, tmp_path: Path
) -> None:
    doomed, well = place.job("full.v1", **LONG), place.job("probe.v1")
    with local_executor(1, tmp_path / "workers.log") as execute:
        (first,) = execute([well], ignore)
        (worker,) = children(os.getpid())

        def kill(_key: str, share: float) -> None:
            if share > 0.1:  # it is in its training steps
                os.kill(worker, signal.SIGKILL)

        (lost,) = execute([doomed], kill)
        (second,) = execute([well], ignore)
        assert children(os.getpid()) != [worker]
    assert lost.key == doomed.key
    assert lost.error == "the worker process died (signal 9); it may have run out of memory"
    assert (first.error, second.error) == (None, None)
    assert came_of(first) == came_of(second)
    assert lost.checkpoint is None


def test_a_bug_fails_its_trial_and_leaves_its_trace_in_the_log(
    place: Office, tmp_path: Path
) -> None:
    no_manifest = Artifacts(place.workspace / "artifacts").put_json({"entries": [["odd"]]})
    buggy, well = replace(place.job("probe.v1"), train=no_manifest), place.job("probe.v1")
    impossible = place.job("full.v1", rate=-1.0)
    log = tmp_path / "logs" / "workers.log"
    with local_executor(1, log) as execute:
        (told,) = execute([impossible], ignore)
        assert log.read_text() == ""
        results = {result.key: result for result in execute([buggy, well], ignore)}
    assert told.error == "rate must be above 0, but got -1.0"
    assert results[well.key].error is None
    said = results[buggy.key].error or ""
    assert said.startswith("ValidationError: ")
    assert "\n" not in said
    trace = log.read_text()
    assert "Traceback (most recent call last)" in trace
    assert "perform.py" in trace


PARENT = """
import json, sys
from pathlib import Path
from pioneer.execution.job import Job
from pioneer.execution.local import local_executor
from pioneer.records import load
jobs = [load(Job, each) for each in json.loads(sys.argv[1])]
with local_executor(2, Path(sys.argv[2])) as execute:
    for result in execute(jobs, lambda key, share: print(f"{key} {share}\\n", end="", flush=True)):
        print("ended", result, flush=True)
"""


def test_workers_in_the_midst_of_training_die_with_their_parent(
    place: Office, tmp_path: Path
) -> None:
    jobs = [place.job("full.v1", seed=seed, **LONG) for seed in (0, 1)]
    command = [sys.executable, "-c", PARENT, json.dumps(dump(jobs)), str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        training: set[str] = set()
        while len(training) < 2:
            key, share = parent.stdout.readline().split()
            if float(share) > 0.1:
                training.add(key)
        workers = children(parent.pid)
        assert len(workers) == 2
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_a_worker_prints_does_not_disturb_its_answers(place: Office, tmp_path: Path) -> None:
    """Libraries print when they like; here a start-up file does, and a job still comes back."""
    (tmp_path / "sitecustomize.py").write_text("print('a library says hello')\n")
    command = [sys.executable, "-c", PARENT, json.dumps(dump([place.job("probe.v1")]))]
    ended = subprocess.run(
        [*command, str(tmp_path / "log")],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"},
        capture_output=True,
        text=True,
    )
    assert "ended JobResult" in ended.stdout
    assert "error=None" in ended.stdout
    assert (tmp_path / "log").read_text() == "a library says hello\n"
