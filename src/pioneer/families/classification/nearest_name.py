"""Zero-shot: the label whose name is most like the text. It reads no training row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pioneer.errors import StoreError
from pioneer.families.base import Model, Workbench
from pioneer.families.fakes import FAKE_BASE
from pioneer.families.table import Entry, Table, TableModel, same, shares
from pioneer.families.words import spoken
from pioneer.records import Example, Prediction, Recipe, Task

NEAREST_NAME = "nearest_name.v1"
_FILE = "names.json"
_SHARPNESS = 20.0  # cosines are close together; this is the scale that sentence encoders train with


def learn_names(
    recipe: Recipe,
    task: Task,
    examples: Sequence[Example],  # noqa: ARG001
    bench: Workbench,
) -> Model:
    """The Learner of `nearest_name.v1`: shared words on the fake base, else embeddings."""
    bench.progress(1.0)
    if recipe.base != FAKE_BASE:
        return NamesModel(recipe.base, task.labels, bench)
    entries = tuple(Entry(spoken(label), label) for label in task.labels)
    seen = shares(task.labels, task.labels)
    return TableModel(Table(entries, seen, task.labels, "overlap"), same)


def holds_names(folder: Path) -> bool:
    return (folder / _FILE).is_file()


def load_names(folder: Path, bench: Workbench) -> NamesModel:
    """The model that `NamesModel.save` wrote. Raises StoreError if the file is broken."""
    try:
        saved = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return NamesModel(str(saved["base"]), tuple(map(str, saved["labels"])), bench)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"the saved label names cannot be read: {error}", file=_FILE) from error


class NamesModel:
    """Saves no weights: they are those of the base, which is found again by its name."""

    def __init__(self, base: str, labels: tuple[str, ...], bench: Workbench) -> None:
        self._base = base
        self._labels = labels
        self._bench = bench

    def predict(self, inputs: Sequence[str]) -> list[Prediction]:
        import numpy as np

        from pioneer.bases import resolve
        from pioneer.encoding.embeddings import embed

        base = resolve(self._base)
        names = embed(base, [spoken(label) for label in self._labels], self._bench.cache)
        texts = embed(base, inputs, self._bench.cache, progress=self._bench.progress)
        likeness = np.exp(_SHARPNESS * (texts @ names.T - 1.0))
        return [self._prediction(row.tolist()) for row in likeness]

    def save(self, folder: Path) -> None:
        text = json.dumps({"base": self._base, "labels": self._labels}, indent=1)
        (folder / _FILE).write_text(text + "\n", encoding="utf-8")

    def _prediction(self, likeness: list[float]) -> Prediction:
        total = sum(likeness)
        pairs = [(label, p / total) for label, p in zip(self._labels, likeness, strict=True)]
        ranked = tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))
        return Prediction(ranked[0][0], ranked[0][1], ranked)
