"""What a worker is asked and what it answers. Both travel as JSON and hold no row text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pioneer.errors import StoreError
from pioneer.records import Cost, Recipe, RowStat, Task, content_hash


@dataclass(frozen=True, slots=True)
class Job:
    """Train one recipe (or take a trained one) and score it. Hashes name artefacts."""

    workspace: str
    task: Task
    recipe: Recipe
    train: str
    """Manifest of the rows to learn from."""
    score: str | None = None
    """Manifest of the rows to answer after training."""
    folds: str | None = None
    """Row id -> fold number, of the train rows."""
    fold: int | None = None
    """Hold this fold out of training, and answer it."""
    inspect: bool = False
    """Hold out one fold after the other; also make row evidence for curation."""
    evidence: str | None = None
    """Row evidence for the curriculum; without it no row counts as hard or suspect."""
    checkpoint: str | None = None
    """Trained already: load these weights instead of training."""
    parent: str | None = None
    """The weights of the version that serves, for strategies that keep what it gets right."""
    keep: bool = False
    """Keep the weights."""
    ask: str | None = None
    """Manifest of rows to answer without looking at their right answers."""
    vary: bool = False
    """Ask each of them with one word left out: an input that no model was trained on."""
    temperature: float | None = None
    """For the confidences of the answers; None means to fit it on them."""
    pilot: int | None = None
    """Train on so many rows only, for one epoch: to see how long training takes."""
    threads: int = 1

    @property
    def key(self) -> str:
        """Equal for equal work, wherever the workspace lies."""
        return content_hash(dataclasses.replace(self, workspace=""))


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the machine (disk, permission, a lost file) did not let a job do; see StoreError."""

    message: str
    file: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came of a job. `error` is None when it went well."""

    key: str
    """Of its job."""
    error: str | None = None
    refusal: Refusal | None = None
    """No fault of the recipe: the job is to be done again once the machine lets it."""
    stats: str | None = None
    """Scored: the rows' stats, calibrated confidences and temperature."""
    evidence: str | None = None
    checkpoint: str | None = None
    answers: str | None = None
    """Row id -> prediction (with its three likeliest labels): for `ask`, or for the train rows
    when inspecting."""
    rows: int = 0
    """Rows trained on after composition (inspecting: the last fold's)."""
    train_seconds: float = 0.0
    """Of the cost, what training itself took; for a pilot, what it takes once it is warm."""
    cost: Cost = Cost()
    peak_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class Scored:
    """The content of a `stats` artefact."""

    stats: tuple[RowStat, ...]
    calibrated: tuple[float, ...]
    temperature: float


def refused(job: Job, error: StoreError) -> JobResult:
    return JobResult(job.key, str(error), Refusal(error.message, error.file, error.hint))


class Executor(Protocol):
    """Do jobs side by side; results come as they are ready. `progress` gets a job's key and the
    share of it that is done."""

    def __call__(
        self, jobs: Sequence[Job], progress: Callable[[str, float], None]
    ) -> Iterator[JobResult]: ...
