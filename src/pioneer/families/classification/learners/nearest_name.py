"""nearest-name.v1: the label whose name, read as words, is nearest to the text. Learns nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from pioneer.bases import resolve
from pioneer.encoding import embed, length_limit, threads
from pioneer.families.base import Workbench
from pioneer.families.classification.learners.centres import SHARPNESS
from pioneer.families.classification.learners.frozen import FORMAT, FrozenModel
from pioneer.families.classification.learners.head import Head
from pioneer.families.classification.learners.hyper import settings
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.families.classification.learners.rows import label_set
from pioneer.families.classification.learners.strategies import NEAREST_NAME
from pioneer.records import Example, Recipe, Task

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAP = re.compile(r"[\W_]+")


def learn(recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench) -> FrozenModel:
    settings(recipe, NEAREST_NAME)
    labels = label_set(task, examples)
    base = resolve(recipe.base)
    with threads(bench.threads):
        names = embed(base, [words(label) for label in labels], bench.cache)
    bench.progress(1.0)
    head = Head(names * np.float32(SHARPNESS), np.zeros(len(labels), np.float32))
    return FrozenModel(
        Manifest(FORMAT, labels, recipe, base.sha256, length_limit(base)), head, base, bench
    )


def words(label: str) -> str:
    """A label's name as words: `PlayMusic`, `play_music` and `play-music` read 'play music'."""
    spaced = _GAP.sub(" ", _HUMP.sub(" ", label)).strip().lower()
    return spaced or label
