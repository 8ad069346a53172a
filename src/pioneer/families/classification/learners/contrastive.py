"""contrastive.v1: rows of one label are pulled together, others apart; then a logistic head."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from pioneer.bases import resolve
from pioneer.encoding import length_limit, threads, tokenise
from pioneer.encoding.device import device
from pioneer.encoding.encoder import load_encoder, unit_vectors
from pioneer.families.base import Workbench
from pioneer.families.classification.learners.hyper import count, positive, settings
from pioneer.families.classification.learners.manifest import Manifest
from pioneer.families.classification.learners.network import Classifier, unfreeze
from pioneer.families.classification.learners.probe import logistic_head
from pioneer.families.classification.learners.rows import label_numbers, label_set
from pioneer.families.classification.learners.strategies import CONTRASTIVE
from pioneer.families.classification.learners.tuned import FORMAT, TunedModel
from pioneer.records import Example, Recipe, Task
from pioneer.training import Group, Plan, in_pairs, train


def learn(recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench) -> TunedModel:
    values = settings(recipe, CONTRASTIVE)
    plan = Plan(count(values, "epochs"), positive(values, "rate"), seed=recipe.seed)
    temperature, strength = positive(values, "temperature"), positive(values, "C")
    labels = label_set(task, examples)
    numbers = label_numbers(labels, examples)
    base = resolve(recipe.base)
    with threads(bench.threads):
        tokens = tokenise(base, [example.input for example in examples], bench.cache)
        encoder = load_encoder(base.path)
        targets = torch.from_numpy(numbers).to(device())

        def loss(ids: Tensor, mask: Tensor | None, rows: Tensor) -> Tensor:
            return pull_together(encoder(ids, mask), targets[rows], temperature)

        order = in_pairs(numbers.tolist(), count(values, "batch"))
        train([Group(unfreeze(encoder))], tokens, loss, order, plan, bench.progress)
        vectors = unit_vectors(encoder, tokens, base.hidden)
        head = logistic_head(vectors, numbers, len(labels), strength)
    described = Manifest(FORMAT, labels, recipe, base.sha256, length_limit(base))
    return TunedModel(described, Classifier(encoder, head), base, bench)


def pull_together(vectors: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Supervised contrastive loss (Khosla et al. 2020) of a batch [rows, hidden].

    For each row: minus the mean log share that the rows of its label have in the softmax over
    all other rows. Rows without company don't count; a batch of such rows has loss 0.
    """
    unit = functional.normalize(vectors.float(), dim=-1)
    itself = torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    alike = (labels[:, None] == labels[None, :]) & ~itself
    shares = (unit @ unit.T / temperature).masked_fill(itself, -1e9).log_softmax(-1)
    company = alike.sum(-1)
    each = -(shares * alike).sum(-1) / company.clamp(min=1)
    return each.sum() / (company > 0).sum().clamp(min=1)
