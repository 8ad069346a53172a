"""What a search is about: fixed before the first training, the same for every trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeAlias, TypeVar

from pioneer.budget import Budget
from pioneer.evaluation.measure import Measure
from pioneer.execution.job import Job, Scored
from pioneer.families import family
from pioneer.families.base import Family
from pioneer.loop.room import Room
from pioneer.records import Recipe, RowStat, Task, Trial

FOLDS = 5


class Terms(Protocol):
    """What a search is asked for, whichever loop it serves."""

    @property
    def target(self) -> float: ...
    @property
    def budget(self) -> Budget: ...
    @property
    def seed(self) -> int: ...
    @property
    def workers(self) -> int: ...
    @property
    def threads(self) -> int: ...


class Rows(Protocol):
    """What a search learns from and is scored on. Hashes name manifests."""

    @property
    def task(self) -> Task: ...
    @property
    def train(self) -> str: ...
    @property
    def dev(self) -> str | None: ...
    @property
    def folds(self) -> str: ...
    @property
    def rows_train(self) -> int: ...
    @property
    def rows_dev(self) -> int: ...
    @property
    def rows_all(self) -> int: ...
    @property
    def out_of_fold(self) -> bool: ...


Asked = TypeVar("Asked", bound=Terms, covariant=True)
Given = TypeVar("Given", bound=Rows, covariant=True)


@dataclass(frozen=True, slots=True)
class Question(Generic[Asked, Given]):
    request: Asked
    prepared: Given
    evidence: str
    """Artefact: row evidence of the train rows."""
    slices: Mapping[str, tuple[str, ...]]
    """Named before training: row ids of dev and test."""
    parent: str | None = None
    """Artefact: the weights of the version that serves, for strategies that keep what works."""

    @property
    def family(self) -> Family:
        return family(self.prepared.task.kind)

    @property
    def measure(self) -> Measure:
        return Measure(self.prepared.task.metric, self.family.aggregate)

    def jobs(
        self, room: Room, recipe: Recipe, folds: int = FOLDS, alone: bool = False
    ) -> dict[int, Job]:
        """The trainings that score a recipe on dev: one, or one for each fold.

        One that runs `alone` gets the threads of all workers. Of fits that are averaged one is
        scored: their mean is no worse, and costs as much again for each (design/006).
        """
        prepared, request = self.prepared, self.request
        common = Job(
            workspace=str(room.workspace.root),
            task=prepared.task,
            recipe=recipe.alone,
            train=prepared.train,
            evidence=self.evidence,
            folds=prepared.folds,
            parent=self.parent,
            threads=request.threads * (request.workers if alone else 1),
        )
        if prepared.out_of_fold:
            return {fold: replace(common, fold=fold) for fold in range(folds)}
        return {0: replace(common, score=prepared.dev, folds=None, keep=True)}


AnyQuestion: TypeAlias = Question[Terms, Rows]


def merged(room: Room, stats: Sequence[str]) -> Scored:
    """The stats of several folds as one; temperatures meet at their geometric mean."""
    parts = [room.read(Scored, digest) for digest in stats]
    product = 1.0
    for part in parts:
        product *= part.temperature
    return Scored(
        tuple(stat for part in parts for stat in part.stats),
        tuple(value for part in parts for value in part.calibrated),
        product ** (1 / len(parts)),
    )


class StatsOf:
    """Reads the dev RowStats of a trial, each artefact once."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._known: dict[str, tuple[RowStat, ...]] = {}

    def __call__(self, trial: Trial) -> Sequence[RowStat]:
        if trial.stats is None:
            return ()
        if trial.stats not in self._known:
            self._known[trial.stats] = self._room.read(Scored, trial.stats).stats
        return self._known[trial.stats]
