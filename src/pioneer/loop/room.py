"""What the stages of a run share: store, journal, executor, clock, and someone who listens."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from pioneer.errors import StoreError
from pioneer.events import Listener, Note, Progress
from pioneer.execution.job import Executor, Job, JobResult
from pioneer.execution.local import local_executor
from pioneer.journal.journal import Journal
from pioneer.records import load
from pioneer.store.artifacts import Artifacts
from pioneer.store.workspace import Workspace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Room:
    """One life of a run: from its start, or from where it is resumed, to its end."""

    run: str
    workspace: Workspace
    journal: Journal
    executor: Executor
    listen: Listener
    began: float
    """Monotonic clock at which this life began, moved back by the earlier lives' seconds."""

    @property
    def artifacts(self) -> Artifacts:
        return self.workspace.artifacts

    @property
    def elapsed(self) -> float:
        """Seconds of work in all lives of the run."""
        return time.monotonic() - self.began

    def say(self, text: str) -> None:
        self.listen(Note(text))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show that something is going on; for what takes seconds and has no parts to count."""
        self.listen(Progress(name, 0.0))
        yield
        self.listen(Progress(name, 1.0))

    def do(self, step: str, jobs: Mapping[str, Job]) -> dict[str, JobResult]:
        """The results of named jobs. What an earlier life did is not done again; what failed then
        may have been the machine's fault, and is. Raises StoreError for what surely was."""
        known = self._finished()
        todo = {name: job for name, job in jobs.items() if job.key not in known}
        shares = dict.fromkeys((job.key for job in todo.values()), 0.0)

        def progress(key: str, share: float) -> None:
            shares[key] = share
            self.listen(Progress(step, min(sum(shares.values()) / max(len(shares), 1), 0.99)))

        for result in self.executor(list(_unique(todo.values())), progress):
            if result.refusal is not None:
                why = result.refusal
                raise StoreError(why.message, file=why.file, hint=why.hint)
            self.journal.append("job finished", result)
            known[result.key] = result
            shares[result.key] = 1.0
        self.listen(Progress(step, 1.0))
        return {name: known[job.key] for name, job in jobs.items()}

    def _finished(self) -> dict[str, JobResult]:
        results = [load(JobResult, e.payload) for e in self.journal.entries("job finished")]
        return {result.key: result for result in results if result.error is None}

    def read(self, kind: type[T], digest: str) -> T:
        """A record that was stored as an artefact."""
        return load(kind, self.artifacts.get_json(digest))


def _unique(jobs: Any) -> Sequence[Job]:
    return list({job.key: job for job in jobs}.values())


@contextmanager
def open_room(
    workspace: Workspace,
    run: str,
    workers: int,
    listen: Listener,
    executor: Executor | None = None,
) -> Iterator[Room]:
    """A room for this life of a run. Worker processes start when the first job comes."""
    journal = Journal(workspace.engine, run)
    spent = _seconds_of_earlier_lives(journal)
    journal.append("life started", {})
    log = workspace.run_folder(run) / "workers.log"
    with nullcontext(executor) if executor else local_executor(workers, log) as execute:
        yield Room(run, workspace, journal, execute, listen, time.monotonic() - spent)


def _seconds_of_earlier_lives(journal: Journal) -> float:
    """From each start to the last event before the next start."""
    total, start, last = 0.0, None, 0.0
    for entry in journal.entries():
        if entry.name == "life started":
            total += 0.0 if start is None else max(0.0, last - start)
            start = entry.at
        last = entry.at
    return total + (0.0 if start is None else max(0.0, last - start))
