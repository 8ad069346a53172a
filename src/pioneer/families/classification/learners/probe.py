"""probe.v1: logistic regression on the embeddings of a frozen base."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pioneer.bases import resolve
from pioneer.encoding import embed, length_limit, threads
from pioneer.families.base import Workbench
from pioneer.families.classification.learners.frozen import FORMAT, FrozenModel
from pioneer.families.classification.learners.head import UNSEEN, Floats, Head
from pioneer.families.classification.learners.hyper import positive, settings
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.families.classification.learners.rows import label_numbers, label_set
from pioneer.families.classification.learners.strategies import PROBE
from pioneer.records import Example, Recipe, Task


def learn(recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench) -> FrozenModel:
    strength = positive(settings(recipe, PROBE), "C")
    labels = label_set(task, examples)
    base = resolve(recipe.base)
    texts = [example.input for example in examples]
    with threads(bench.threads):
        vectors = embed(base, texts, bench.cache, progress=lambda s: bench.progress(0.9 * s))
        head = logistic_head(vectors, label_numbers(labels, examples), len(labels), strength)
    bench.progress(1.0)
    return FrozenModel(
        Manifest(FORMAT, labels, recipe, base.sha256, length_limit(base)), head, base, bench
    )


def logistic_head(
    vectors: Floats, numbers: NDArray[np.int64], labels: int, strength: float
) -> Head:
    """The head of L2-regularised logistic regression; `strength` is scikit-learn's C.

    Labels without rows get no weight and the bias UNSEEN; a single label always wins.
    """
    weight = np.zeros((labels, vectors.shape[1]), np.float32)
    bias = np.full(labels, UNSEEN, np.float32)
    seen = np.unique(numbers)
    bias[seen] = 0.0
    if len(seen) > 1:
        weight[seen], bias[seen] = _fit(vectors, numbers, strength)
    return Head(weight, bias)


def _fit(
    vectors: Floats, numbers: NDArray[np.int64], strength: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """One row of weights per label, also for two labels, of which scikit-learn keeps one."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, max_iter=1000).fit(vectors.astype(np.float64), numbers)
    if len(model.classes_) > 2:
        return model.coef_, model.intercept_
    halves = np.vstack([-model.coef_, model.coef_]) / 2
    return halves, np.concatenate([-model.intercept_, model.intercept_]) / 2
