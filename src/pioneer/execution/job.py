"""What a worker is asked and what it answers. Both travel as JSON and hold no row text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pioneer.records import Cost, Recipe, RowStat, Task


@dataclass(frozen=True, slots=True)
class Job:
    """Train one recipe and score it. All hashes name artefacts of the workspace."""

    id: str
    workspace: str
    task: Task
    recipe: Recipe
    train: str
    """Manifest of the rows to learn from."""
    score: str | None = None
    """Manifest of the rows to answer after training; None with `folds` or for a plain fit."""
    folds: str | None = None
    """Row id -> fold number: train and score out of fold instead."""
    evidence: str | None = None
    """Row evidence for the curriculum; None means the rows are taken as they are."""
    inspect: bool = False
    """Also make row evidence for curation from the out-of-fold answers (needs `folds`)."""
    keep: bool = False
    """Keep the weights (needs no `folds`)."""
    probes: str | None = None
    """A list of input texts to answer with the trained model."""
    threads: int = 1
    seconds: float | None = None
    """Out-of-fold only: begin no further fold once this much time has gone by."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came of a job. `error` is None when it went well."""

    id: str
    error: str | None = None
    stats: str | None = None
    """Scored: the rows' stats, calibrated confidences and temperature."""
    evidence: str | None = None
    checkpoint: str | None = None
    answers: str | None = None
    """What the model answered to `probes`, in order."""
    rows: int = 0
    """Rows trained on after composition (the largest fold's, out of fold)."""
    cost: Cost = Cost()
    peak_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class Scored:
    """The content of a `stats` artefact."""

    stats: tuple[RowStat, ...]
    calibrated: tuple[float, ...]
    temperature: float


class Executor(Protocol):
    """Do jobs side by side; results come in the order of the jobs."""

    def __call__(
        self, jobs: Sequence[Job], progress: Callable[[str, float], None]
    ) -> list[JobResult]: ...
