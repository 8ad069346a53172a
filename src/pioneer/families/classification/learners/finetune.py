"""full.v1: every layer of the encoder learns, under a head that starts at the labels' centres."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from pioneer.bases import Base, resolve
from pioneer.encoding import embed, length_limit, threads, tokenise
from pioneer.encoding.device import device
from pioneer.encoding.encoder import load_encoder
from pioneer.families.base import Workbench
from pioneer.families.classification.learners.centres import centres
from pioneer.families.classification.learners.hyper import (
    count,
    positive,
    settings,
    share,
    whole,
)
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.families.classification.learners.network import Classifier, unfreeze
from pioneer.families.classification.learners.rows import label_numbers, label_set
from pioneer.families.classification.learners.strategies import FULL
from pioneer.families.classification.learners.tuned import FORMAT, TunedModel
from pioneer.records import Example, Recipe, Scalar, Task
from pioneer.training import Group, Plan, shuffled, train

HEAD_SPEED = 10.0
"""The head's weights are some ten times the size of the encoder's, and so are its steps."""

_EMBEDDING = 0.1
"""Share of the work that the embeddings for the head's start take."""


Extra: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""(logits [rows, labels], row numbers [rows]) -> what is added to the mean loss of these rows."""


def learn(recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench) -> TunedModel:
    return fine_tune(recipe, settings(recipe, FULL), task, examples, bench)


def fine_tune(
    recipe: Recipe,
    values: Mapping[str, Scalar],
    task: Task,
    examples: Sequence[Example],
    bench: Workbench,
    extra: Extra | None = None,
) -> TunedModel:
    """Cross-entropy, and what a strategy adds to it. `values` are the recipe's settings; knobs that
    only full.v1 has may be missing."""
    plan = Plan(count(values, "epochs"), positive(values, "rate"), seed=recipe.seed)
    batch = count(values, "batch")
    smoothing = share(values, "smoothing") if "smoothing" in values else 0.0
    frozen = whole(values, "frozen_layers") if "frozen_layers" in values else 0
    labels = label_set(task, examples)
    base = resolve(recipe.base)
    with threads(bench.threads):
        network = start(base, labels, examples, bench)
        layers = unfreeze(network.encoder, frozen)
        tokens = tokenise(base, [example.input for example in examples], bench.cache)
        targets = torch.from_numpy(label_numbers(labels, examples)).to(device())

        def loss(ids: Tensor, mask: Tensor | None, rows: Tensor) -> Tensor:
            logits = network(ids, mask)
            own = functional.cross_entropy(logits, targets[rows], label_smoothing=smoothing)
            return own if extra is None else own + extra(logits, rows)

        groups = [Group(layers), Group(list(network.head.parameters()), HEAD_SPEED, decay=0.0)]
        order = shuffled([len(one) for one in tokens], batch)
        rest = 1 - _EMBEDDING
        train(groups, tokens, loss, order, plan, lambda s: bench.progress(_EMBEDDING + s * rest))
    return TunedModel(
        Manifest(FORMAT, labels, recipe, base.sha256, length_limit(base)), network, base, bench
    )


def start(
    base: Base, labels: Sequence[str], examples: Sequence[Example], bench: Workbench
) -> Classifier:
    """An encoder of its own, and a head that answers with the nearest centre of a label."""
    texts = [example.input for example in examples]
    vectors = embed(base, texts, bench.cache, progress=lambda s: bench.progress(_EMBEDDING * s))
    head = centres(vectors, label_numbers(labels, examples), len(labels))
    return Classifier(load_encoder(base.path), head)
