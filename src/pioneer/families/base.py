"""The one protocol through which the rest of the project speaks of a kind of task.

Nothing outside `families/` branches on the kind. A new family is one new folder that offers a
`Family`; `families.family(kind)` finds it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pioneer.records import (
    Example,
    Json,
    Kind,
    Mix,
    Prediction,
    Recipe,
    RowStat,
    Scalar,
    Target,
    Task,
)


@dataclass(frozen=True, slots=True)
class Knob:
    """One hyperparameter: the values worth trying, in order, and the one to start from."""

    name: str
    values: tuple[Scalar, ...]
    default: Scalar


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way to learn, as the search sees it. `cost` orders strategies: training time per row
    relative to the cheapest."""

    name: str
    knobs: tuple[Knob, ...]
    cost: float

    def defaults(self) -> dict[str, Scalar]:
        return {knob.name: knob.default for knob in self.knobs}


@dataclass(frozen=True, slots=True)
class Space:
    """Where the search may go. Strategies and mixes stand in the order in which to draft them."""

    strategies: tuple[Strategy, ...]
    bases: tuple[str, ...]
    mixes: tuple[Mix, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A raw row, read."""

    input: str
    target: Target
    extra: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Repair:
    """What cleaning did with one row (or, row_id None, with the whole set), and why."""

    row_id: str | None
    action: str
    """dropped | relabelled | truncated | train_only | reported (nothing was changed)"""
    reason: str
    """A short sentence for data-curation.md and report."""
    code: str
    """Machine name of the reason: conflicting_labels, leaks_into_test, label_spelling, ..."""


class Model(Protocol):
    """A trained model."""

    def predict(self, inputs: Sequence[str]) -> list[Prediction]:
        """One prediction per input, in order; `ranked` is the whole label distribution."""
        ...

    def save(self, folder: Path) -> None:
        """Write weights (safetensors only) and JSON into an empty folder."""
        ...


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a learner may use: caches (None for none), threads, and whom to tell of progress."""

    cache: Path | None
    threads: int = 1
    progress: Callable[[float], None] = lambda _share: None
    """Called with the share done (0..1) now and then."""
    parent: Model | None = None
    """The version that serves, for strategies that keep what it gets right."""


class Learner(Protocol):
    """Learn from examples as the recipe says."""

    def __call__(
        self, recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench
    ) -> Model: ...


class Family(Protocol):
    """One kind of task."""

    kind: Kind
    default_base: str
    default_metric: str
    metrics: tuple[str, ...]
    cues: tuple[str, ...]
    """Lower-case words of a description that speak for this kind, strongest first."""
    input_columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    reads_logs: bool
    """Whether `diagnose` and `improve` can learn from logs of its calls."""

    def parse(self, row: Mapping[str, Any]) -> Parsed:
        """Read a raw row. Raises DataError (without file or row: the caller adds them)."""
        ...

    def render(self, example: Example) -> dict[str, Json]:
        """The raw row that `parse` reads back."""
        ...

    def clean(self, examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
        """Repair what only this kind knows of (label spelling, conflicting answers).

        Raises DataError where too little is left (fewer than 2 labels, 2 distinct rows a label).
        """
        ...

    def labels(self, examples: Sequence[Example]) -> tuple[str, ...]:
        """The label set, sorted; empty for free text."""
        ...

    def varied(self, task: Task, example: Example, rng: random.Random) -> Example | None:
        """The row as someone else might have typed it, with the same right answer; None where the
        kind cannot vary a row and be sure of its answer, or nothing came of it."""
        ...

    def stratum(self, example: Example) -> str:
        """What splits are balanced over."""
        ...

    def score_row(self, task: Task, example: Example, prediction: Prediction) -> RowStat: ...

    def passed(self, stat: RowStat) -> bool: ...

    def aggregate(self, stats: Sequence[RowStat], metric: str) -> float:
        """The metric's value over the rows (0..1). Raises ArgumentError for an unknown metric."""
        ...

    def per_label(self, stats: Sequence[RowStat]) -> dict[str, dict[str, float]]:
        """Precision, recall, f1 and n for every label."""
        ...

    def answer(self, output: Target | None) -> Json:
        """An output as `predict` prints it."""
        ...

    def space(self, task: Task, bases: Sequence[str], rows: int, served: bool = False) -> Space:
        """Strategies, knobs and mixes worth trying for so many train rows; `served`: whether there
        is a version whose right answers are to be kept."""
        ...

    def baselines(self, task: Task, base: str) -> dict[str, Recipe]:
        """Recipes to beat, by name; the last is the cheap probe whose out-of-fold answers
        curation uses."""
        ...

    def suspects(
        self, task: Task, examples: Sequence[Example], predictions: Sequence[Prediction]
    ) -> list[str]:
        """Ids of rows whose target the out-of-fold predictions contradict with confidence."""
        ...

    def learner(self, strategy: str) -> Learner:
        """Raises RecipeError for an unknown strategy."""
        ...

    def inherits(self, recipe: Recipe) -> bool:
        """Whether a model so trained may hold weights or answers of the version before it."""
        ...

    def load(self, folder: Path, bench: Workbench) -> Model:
        """The model that `Model.save` wrote."""
        ...

    def export(self, model: Model, folder: Path, form: str) -> None:
        """Write a copy that needs neither base nor workspace, and that `load` reads.

        `form` is safetensors or onnx; ArgumentError for a form that the model does not have.
        """
        ...
