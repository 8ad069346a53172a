"""Worker processes: they die with their parent, and a death is a failed job, not a failed run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pioneer.execution.job import Job
from pioneer.execution.local import local_executor
from tests.loop.helpers import facts, fake_request, folder, lived, run

pytestmark = pytest.mark.slow
WORKER = "pioneer.execution.worker"


def children() -> list[int]:
    """Worker processes of this process (Linux)."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            command = (place / "cmdline").read_text()
        except OSError:
            continue
        if parent == os.getpid() and WORKER in command:
            found.append(int(place.name))
    return found


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory: pytest.TempPathFactory) -> list[Job]:
    """The trainings of a run, to be done once more in its workspace."""
    place = tmp_path_factory.mktemp("executor")
    data = folder(place / "d", "classification", count=60)
    seen = lived(place / "w", fake_request(data, "classification", max_trials=2))
    return [job for job in seen.jobs if job.fold is not None]


@contextmanager
def no_worker_left() -> Iterator[None]:
    yield
    wait_until(lambda: not children())


def ignore(_key: str, _share: float) -> None:
    pass


def test_a_worker_that_is_killed_costs_its_job_alone(jobs: list[Job], tmp_path: Path) -> None:
    with no_worker_left(), local_executor(1, tmp_path / "log") as execute:
        assert [result.error for result in execute(jobs[:1], ignore)] == [None]
        (worker,) = children()
        os.kill(worker, signal.SIGKILL)
        (lost,) = execute(jobs[1:2], ignore)
        assert lost.key == jobs[1].key
        assert lost.error is not None
        assert "the worker process died (signal 9); it may have run out of memory" in lost.error
        again = list(execute(jobs[1:4], ignore))
        assert sorted(result.key for result in again) == sorted(job.key for job in jobs[1:4])
        assert all(result.error is None for result in again)


def test_what_cannot_be_done_is_an_error_of_its_job(jobs: list[Job], tmp_path: Path) -> None:
    bad = [
        replace(jobs[0], recipe=replace(jobs[0].recipe, strategy="no-such.v1")),
        replace(jobs[0], train="0" * 64),
        replace(jobs[0], workspace=str(tmp_path / "nowhere")),
    ]
    with no_worker_left(), local_executor(1, tmp_path / "log") as execute:
        found = {result.key: result for result in execute(bad, ignore)}
    results: list[Any] = [found[job.key] for job in bad]
    assert "unknown strategy" in str(results[0].error)
    assert results[0].refusal is None  # the recipe's fault; the others are the machine's
    assert "is missing from" in results[1].refusal.message
    assert "no permission for" in results[2].refusal.message


def test_leaving_early_ends_the_workers(jobs: list[Job], tmp_path: Path) -> None:
    with (
        no_worker_left(),
        pytest.raises(KeyboardInterrupt),
        local_executor(2, tmp_path / "log") as execute,
    ):
        for _ in execute(jobs, ignore):
            raise KeyboardInterrupt


def test_a_worker_ends_when_nobody_asks_any_more() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdin is not None
        worker.stdin.close()
        assert worker.wait(timeout=20) == 0


def test_processes_come_to_what_this_process_comes_to(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification", count=60)
    wanted = fake_request(data, "classification", max_trials=2)
    here = run(tmp_path / "here", wanted)
    with no_worker_left(), local_executor(2, tmp_path / "log") as execute:
        there = run(tmp_path / "there", wanted, executor=execute)
    assert facts(here) == facts(there)
