"""lora.v1: low-rank changes to every linear layer, folded into the weights when done."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from pioneer.bases import resolve
from pioneer.encoding import length_limit, threads, tokenise
from pioneer.encoding.device import device
from pioneer.families.base import Workbench
from pioneer.families.classification.learners import adapters
from pioneer.families.classification.learners.finetune import start
from pioneer.families.classification.learners.hyper import count, positive, settings
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.families.classification.learners.rows import label_numbers, label_set
from pioneer.families.classification.learners.strategies import LORA
from pioneer.families.classification.learners.tuned import FORMAT, TunedModel
from pioneer.records import Example, Recipe, Task
from pioneer.training import Group, Plan, shuffled, train


def learn(recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench) -> TunedModel:
    values = settings(recipe, LORA)
    plan = Plan(count(values, "epochs"), positive(values, "rate"), seed=recipe.seed)
    labels = label_set(task, examples)
    base = resolve(recipe.base)
    with threads(bench.threads):
        network = start(base, labels, examples, bench)
        adapted = adapters.attach(network.encoder, count(values, "rank"), recipe.seed)
        tokens = tokenise(base, [example.input for example in examples], bench.cache)
        targets = torch.from_numpy(label_numbers(labels, examples)).to(device())

        def loss(ids: Tensor, mask: Tensor | None, rows: Tensor) -> Tensor:
            return functional.cross_entropy(network(ids, mask), targets[rows])

        head = Group(list(network.head.parameters()), 1e-3 / plan.rate, decay=0.0)
        order = shuffled([len(one) for one in tokens], count(values, "batch"))
        train([Group(adapted, decay=0.0), head], tokens, loss, order, plan, bench.progress)
        adapters.fold(network.encoder)
    return TunedModel(
        Manifest(FORMAT, labels, recipe, base.sha256, length_limit(base)), network, base, bench
    )
