"""Arms at work at the same time, each on processors of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Lock

from pioneer.errors import BenchError

JOBS = 2
_CUT_OFF = "the run was cut off"


class Crew:
    """The processes of a run. Once it was cut off, or the work of any raised, all of them end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._at_work: set[subprocess.Popen[str]] = set()
        self._closed = False

    def run(self, call: Sequence[str], held: int) -> tuple[int, str]:
        """Exit code and standard error of a process that inherits the descriptor `held`; it runs on
        the processors of the calling thread. Raises BenchError once the crew is closed."""
        with self._lock:
            if self._closed:
                raise BenchError(_CUT_OFF)
            worker = subprocess.Popen(
                call, stderr=subprocess.PIPE, text=True, pass_fds=(held,), start_new_session=True
            )
            self._at_work.add(worker)
        try:
            _, said = worker.communicate()
        finally:
            with self._lock:
                self._at_work.discard(worker)
        if self._closed:
            raise BenchError(_CUT_OFF)
        if worker.returncode != 0:
            _kill(worker)
        return worker.returncode, said

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for worker in self._at_work:
                _kill(worker)


def _kill(worker: subprocess.Popen[str]) -> None:
    """With what it has started; nothing where all of it has ended."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(worker.pid, signal.SIGKILL)


def side_by_side(names: Sequence[str], jobs: int, work: Callable[[str, Crew], None]) -> None:
    """Do the work of all names, at most `jobs` at a time. Raises what any of them raises, when the
    others have been ended."""
    crew, parts = Crew(), _parts(jobs)
    free: SimpleQueue[Sequence[int]] = SimpleQueue()
    for part in parts:
        free.put(part)

    def one(name: str) -> None:
        with _staying_on(free):
            work(name, crew)

    with ThreadPoolExecutor(len(parts)) as pool:
        begun = [pool.submit(one, name) for name in names]
        try:
            for done in as_completed(begun):
                done.result()
        except BaseException:
            crew.close()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _parts(jobs: int) -> list[Sequence[int]]:
    """The processors of this process in `jobs` equal parts, or as many as there can be, whatever is
    left to do: what an arm comes to may depend on how many it has. One that is empty where a thread
    cannot be kept on some of them."""
    if not hasattr(os, "sched_getaffinity"):
        return [()]
    every = sorted(os.sched_getaffinity(0))
    count = min(jobs, len(every))
    size = len(every) // count
    return [every[at * size : (at + 1) * size] for at in range(count)]


@contextmanager
def _staying_on(free: SimpleQueue[Sequence[int]]) -> Iterator[None]:
    """This thread, and what it starts, on processors that nobody else has."""
    part = free.get()
    try:
        if part:
            os.sched_setaffinity(0, part)
        yield
    finally:
        free.put(part)
