"""majority.v1: always the most frequent label, with the label frequencies as confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pioneer.families.base import Workbench
from pioneer.families.classification.learners import manifest
from pioneer.families.classification.learners.head import (
    Floats,
    Head,
    load_head,
    predictions,
    save_head,
)
from pioneer.families.classification.learners.hyper import settings
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.families.classification.learners.rows import label_set
from pioneer.families.classification.learners.strategies import MAJORITY
from pioneer.records import Example, Prediction, Recipe, Task

FORMAT = "constant.v1"


@dataclass(frozen=True, slots=True)
class ConstantModel:
    """Answers the same whatever it is asked."""

    manifest: Manifest
    shares: Floats
    """[labels]; sums to 1."""

    def predict(self, inputs: Sequence[str]) -> list[Prediction]:
        return predictions(self.shares[None, :], self.manifest.labels) * len(inputs)

    def save(self, folder: Path) -> None:
        manifest.write(self.manifest, folder)
        save_head(Head(np.zeros((len(self.shares), 0), np.float32), self.shares), head_file(folder))


def learn(
    recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench
) -> ConstantModel:
    settings(recipe, MAJORITY)
    labels = label_set(task, examples)
    counts = Counter(example.target for example in examples)
    shares = np.array([counts[label] / len(examples) for label in labels], np.float32)
    bench.progress(1.0)
    return ConstantModel(Manifest(FORMAT, labels, recipe), shares)


def load(folder: Path, described: Manifest, _bench: Workbench) -> ConstantModel:
    return ConstantModel(described, load_head(head_file(folder), described.labels).bias)


def head_file(folder: Path) -> Path:
    return folder / "head.safetensors"
