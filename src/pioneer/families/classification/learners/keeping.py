"""keeping.v1: a fine-tune that holds on to what the served version gets right.

Several fine-tunes are averaged by weight (model soups, Wortsman et al. 2022a), for what one run of
chance breaks another does not; and the served version keeps a `voice` in the answers (see `duo`).
Where it answers a row rightly, its whole distribution may be a second target (focal distillation
for positive-congruent training, Yan et al. 2021), and the weights may be drawn back towards its own
(WiSE-FT, Wortsman et al. 2022b). Without a served version that has a network on the same base, only
the averaging and the second target are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pioneer.bases import resolve
from pioneer.encoding.device import device
from pioneer.errors import RecipeError
from pioneer.evaluation.calibration import fit_temperature, recalibrate
from pioneer.families.base import Model, Workbench
from pioneer.families.classification.learners.duo import FORMAT as DUO
from pioneer.families.classification.learners.duo import DuoModel
from pioneer.families.classification.learners.finetune import Extra, fine_tune
from pioneer.families.classification.learners.head import UNSEEN, Head
from pioneer.families.classification.learners.hyper import count, real, settings, share
from pioneer.families.classification.learners.network import Classifier
from pioneer.families.classification.learners.networked import with_network
from pioneer.families.classification.learners.rows import label_set
from pioneer.families.classification.learners.strategies import KEEPING
from pioneer.families.classification.learners.tuned import TunedModel
from pioneer.records import Example, Recipe, Scalar, Task


def learn(
    recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench
) -> TunedModel | DuoModel:
    values = settings(recipe, KEEPING)
    weight, blend, voice = real(values, "keep"), share(values, "blend"), share(values, "voice")
    if weight < 0:
        raise RecipeError(f"keep must be at least 0, but got {weight}")
    elder = None if bench.parent is None else with_network(bench.parent)
    if elder is not None and elder.manifest.base_sha256 != resolve(recipe.base).sha256:
        elder = None
    labels = label_set(task, examples)
    if blend > 0 and elder is not None and elder.manifest.labels != labels:
        raise RecipeError(
            "weights can be drawn back only to a version with the same labels",
            hint="blend 0 leaves them as they are",
        )
    extra = None
    if bench.parent is not None and weight > 0:
        extra = as_parent(bench.parent, labels, examples, weight)
    model = soup(recipe, values, task, examples, bench, extra)
    if elder is None:
        return model
    if blend > 0:
        lean(model.network, elder.network, blend)
    return with_voice(model, elder, voice, examples) if voice > 0 else model


def soup(
    recipe: Recipe,
    values: Mapping[str, Scalar],
    task: Task,
    examples: Sequence[Example],
    bench: Workbench,
    extra: Extra | None,
) -> TunedModel:
    """The mean of `members` fine-tunes that differ in their seeds only, by weight."""
    members = count(values, "members")

    def member(at: int) -> TunedModel:
        part = replace(bench, progress=lambda done: bench.progress((at + done) / members))
        seeded = replace(recipe, seed=recipe.seed + at)
        return fine_tune(seeded, values, task, examples, part, extra)

    model = member(0)
    for at in range(1, members):
        lean(model.network, member(at).network, 1 / (at + 1))
    return model


def lean(network: Classifier, other: Classifier, way: float) -> None:
    """Move every weight by a part (0..1) of the way to the other's."""
    theirs = other.state_dict()
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                tensor.lerp_(theirs[name].to(tensor.dtype), way)


def as_parent(
    parent: Model, labels: Sequence[str], examples: Sequence[Example], weight: float
) -> Extra:
    """`weight` times the divergence from the parent's distribution, on the rows that it gets right;
    the mean is over all rows of the batch. Labels that the parent does not know have no share.

    The distribution is calibrated on these rows first: that of a version trained on little is too
    flat, and would teach the candidate to doubt.
    """
    raw = parent.predict([row.input for row in examples])
    heat = fit_temperature(raw, [str(row.target) for row in examples])
    said = [recalibrate(one, heat) for one in raw]
    place = {label: at for at, label in enumerate(labels)}
    shares = np.zeros((len(examples), len(labels)), np.float32)
    right = np.zeros(len(examples), np.float32)
    for at, (row, answer) in enumerate(zip(examples, said, strict=True)):
        right[at] = answer.output == row.target
        for label, value in answer.ranked:
            if label in place:
                shares[at, place[label]] = value
    target = torch.from_numpy(shares).to(device())
    held = torch.from_numpy(right).to(device())

    def extra(logits: Tensor, rows: Tensor) -> Tensor:
        told = functional.log_softmax(logits.float(), -1)
        apart = functional.kl_div(told, target[rows], reduction="none").sum(-1)
        return weight * (held[rows] * apart).mean()

    return extra


def with_voice(
    model: TunedModel, parent: TunedModel, voice: float, examples: Sequence[Example]
) -> DuoModel:
    """Both as one; they must have the same base. The parent is calibrated on these rows, and speaks
    of the labels that it knows: its temperature and its silence are built into its head."""
    labels, head = model.manifest.labels, parent.network.linear()
    raw = parent.predict([row.input for row in examples])
    heat = fit_temperature(raw, [str(row.target) for row in examples])
    weight = np.zeros((len(labels), head.weight.shape[1]), np.float32)
    bias = np.full(len(labels), UNSEEN, np.float32)
    for at, label in enumerate(parent.manifest.labels):
        if label in labels:
            weight[labels.index(label)] = head.weight[at] / heat
            bias[labels.index(label)] = head.bias[at] / heat
    elder = replace(
        parent,
        manifest=replace(parent.manifest, labels=labels),
        network=Classifier(parent.network.encoder, Head(weight, bias)),
    )
    return DuoModel(replace(model.manifest, format=DUO, voice=voice), model, elder)
