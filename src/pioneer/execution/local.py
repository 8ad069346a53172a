"""The local executor: a few long-lived worker processes on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import IO, Any

from pioneer.errors import TrainingError
from pioneer.execution.job import Executor, Job, JobResult
from pioneer.records import dump, load

_LINGERING = 10.0
"""Seconds that a process may take to end once its pipe is broken."""

ProgressOf = Callable[[str, float], None]


@contextmanager
def local_executor(workers: int, log: Path) -> Iterator[Executor]:
    """An executor with so many processes, started when first needed. They write to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        sink = stack.enter_context(log.open("ab"))
        idle: SimpleQueue[_Worker] = SimpleQueue()
        team = [_Worker(sink) for _ in range(workers)]
        for worker in team:
            idle.put(worker)
            stack.callback(worker.stop)
        pool = ThreadPoolExecutor(max_workers=workers)

        def execute(jobs: Sequence[Job], progress: ProgressOf) -> Iterator[JobResult]:
            def do(job: Job) -> JobResult:
                worker = idle.get()
                try:
                    return worker.do(job, progress)
                finally:
                    idle.put(worker)

            for ready in as_completed([pool.submit(do, job) for job in jobs]):
                yield ready.result()

        try:
            yield execute
        finally:
            for worker in team:
                worker.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            for worker in team:
                worker.close()


class _Worker:
    """One process. It is started by its first job, and anew after a job that killed it."""

    def __init__(self, log: IO[bytes]) -> None:
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self._stopped = Event()

    def do(self, job: Job, progress: ProgressOf) -> JobResult:
        process = self._ready()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(dump(job)) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                message = self._message(line)
                if "result" in message:
                    return load(JobResult, message["result"])
                if "share" in message:
                    progress(job.key, message["share"])
        except (OSError, ValueError):  # the pipe broke: the process is gone
            pass
        return self._bury(process, job)

    def _message(self, line: str) -> dict[str, Any]:
        """What the worker says; empty for what Python's own start-up printed, which is logged."""
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if isinstance(message, dict):
            return message
        self._log.write(line.encode())
        self._log.flush()
        return {}

    def stop(self) -> None:
        """End the process now. Its unfinished job is lost, its files are cleaned up later."""
        self._stopped.set()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Let go of the pipes of a process that was stopped, once nobody reads them."""
        if self._process is not None:
            _close_pipes(self._process)
            self._process = None

    def _ready(self) -> subprocess.Popen[str]:
        if self._stopped.is_set():
            raise TrainingError("the executor was closed")
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pioneer.execution.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                encoding="utf-8",
                env=os.environ | {"TOKENIZERS_PARALLELISM": "false"},
            )
            if self._stopped.is_set():  # by another thread, while it started
                self._process.kill()
        return self._process

    def _bury(self, process: subprocess.Popen[str], job: Job) -> JobResult:
        try:
            code = process.wait(_LINGERING)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        _close_pipes(process)
        self._process = None
        cause = f"signal {-code}" if code < 0 else f"exit code {code}"
        memory = "; it may have run out of memory" if code == -9 else ""
        return JobResult(job.key, error=f"the worker process died ({cause}){memory}")


def _close_pipes(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was still to be written to a dead process
                pipe.close()
