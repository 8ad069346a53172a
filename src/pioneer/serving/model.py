"""A version, loaded and ready to answer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pioneer.encoding.threads import processors
from pioneer.errors import RegistryError
from pioneer.evaluation.calibration import recalibrate
from pioneer.events import Listener, Progress, silent
from pioneer.families import family
from pioneer.families.base import Model as Trained
from pioneer.families.base import Workbench
from pioneer.records import Prediction
from pioneer.registry.card import Serving
from pioneer.registry.versions import Version
from pioneer.store.workspace import Workspace

ANSWERING = "answering"

BATCH = 512
"""Inputs that are answered between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Model:
    """Answers texts as this version is served: calibrated, and null where it abstains."""

    version: Version
    trained: Trained

    def __call__(self, inputs: Sequence[str]) -> list[Prediction]:
        """One prediction per input, in order."""
        return served(self.trained.predict(list(inputs)), self.version.card.serving)


def answers(model: Model, inputs: Sequence[str], listen: Listener = silent) -> list[Prediction]:
    """The answers to many inputs, in order, telling how far it is."""
    said: list[Prediction] = []
    for start in range(0, len(inputs), BATCH):
        said += model(inputs[start : start + BATCH])
        listen(Progress(ANSWERING, len(said) / len(inputs)))
    return said


def served(raw: Sequence[Prediction], serving: Serving) -> list[Prediction]:
    """Raw answers as they are served."""
    threshold = serving.threshold or None
    return [recalibrate(said, serving.temperature, threshold) for said in raw]


def load_version(workspace: Workspace, version: Version, cache: Path | None = None) -> Model:
    """The model of a version, with the workspace's caches or others. Raises RegistryError if its
    weights were deleted, StoreError where they are not those that were registered."""
    if version.checkpoint is None:
        raise RegistryError(f"the weights of {version.label} were deleted")
    chosen = family(version.card.task.kind)
    folder = workspace.artifacts.folder(version.checkpoint)
    return Model(version, chosen.load(folder, bench(cache or workspace.cache)))


def bench(cache: Path) -> Workbench:
    """All threads of this machine, and the workspace's caches where this user may write them."""
    return Workbench(cache if os.access(cache, os.W_OK) else None, processors())
