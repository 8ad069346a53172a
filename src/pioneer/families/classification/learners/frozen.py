"""A model that leaves the base as it is: cached embeddings and a linear head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pioneer.bases import Base
from pioneer.encoding import embed, threads
from pioneer.families.base import Workbench
from pioneer.families.classification.learners import manifest
from pioneer.families.classification.learners.head import Head, load_head, predictions, save_head
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.records import Prediction

FORMAT = "frozen.v1"


@dataclass(frozen=True, slots=True)
class FrozenModel:
    """The base is not saved with it, only its name and hash."""

    manifest: Manifest
    head: Head
    base: Base
    bench: Workbench

    def predict(self, inputs: Sequence[str]) -> list[Prediction]:
        with threads(self.bench.threads):
            vectors = embed(self.base, inputs, self.bench.cache, self.manifest.max_length)
            return predictions(self.head.probabilities(vectors), self.manifest.labels)

    def save(self, folder: Path) -> None:
        manifest.write(self.manifest, folder)
        save_head(self.head, folder / "head.safetensors")


def load(folder: Path, described: Manifest, bench: Workbench) -> FrozenModel:
    head = load_head(folder / "head.safetensors", described.labels)
    return FrozenModel(described, head, manifest.base_of(described), bench)
