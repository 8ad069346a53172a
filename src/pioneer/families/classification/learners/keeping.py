"""keeping.v1: a fine-tune that holds on to what the served version gets right.

Several fine-tunes are averaged by weight (model soups, Wortsman et al. 2022a), for what one run of
chance breaks another does not; and the served version keeps a `voice` in the answers (see `duo`).
Where it answers a row rightly, its whole distribution may be a second target (focal distillation
for positive-congruent training, Yan et al. 2021), and the weights may be drawn back towards its own
(WiSE-FT, Wortsman et al. 2022b). Without a served version only the averaging is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

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
from pioneer.families.classification.learners.rows import label_set
from pioneer.families.classification.learners.strategies import KEEPING
from pioneer.families.classification.learners.tuned import TunedModel
from pioneer.families.classification.learners.whole import whole
from pioneer.records import Example, Recipe, Scalar, Task


def learn(
    recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench
) -> TunedModel | DuoModel:
    values = settings(recipe, KEEPING)
    weight, blend, voice = real(values, "keep"), share(values, "blend"), share(values, "voice")
    if weight < 0:
        raise RecipeError(f"keep must be at least 0, but got {weight}")
    extra = None
    if bench.parent is not None and weight > 0:
        extra = as_parent(bench.parent, label_set(task, examples), examples, weight)
    model = soup(recipe, values, task, examples, bench, extra)
    elder = None if bench.parent is None else whole(bench.parent)
    if elder is None:
        return model
    if blend > 0:
        draw_back(model, elder, blend)
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
    model = None
    for at in range(members):
        part = replace(bench, progress=partial(_part, bench.progress, at, members))
        seeded = replace(recipe, seed=recipe.seed + at)
        other = fine_tune(seeded, values, task, examples, part, extra)
        if model is None:
            model = other
        else:
            _lean(model.network, other.network, 1 / (at + 1))
    assert model is not None
    return model


def _part(progress: Callable[[float], None], at: int, members: int, share: float) -> None:
    progress((at + share) / members)


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


def draw_back(model: TunedModel, parent: TunedModel, blend: float) -> None:
    """Move every weight by `blend` of the way to the parent's. Raises RecipeError for a parent of
    another base or other labels."""
    _same_base(model, parent)
    if parent.manifest.labels != model.manifest.labels:
        raise RecipeError(
            "weights can be drawn back only to a version with the same labels",
            hint="blend 0 leaves them as they are",
        )
    _lean(model.network, parent.network, blend)


def with_voice(
    model: TunedModel, parent: TunedModel, voice: float, examples: Sequence[Example]
) -> DuoModel:
    """Both as one. Raises RecipeError for a parent of another base.

    The parent is calibrated on these rows, and speaks of the labels that it knows. Its temperature
    and what it does not know are built into its head.
    """
    _same_base(model, parent)
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
    return DuoModel(replace(model.manifest, format=DUO, voice=voice), model, elder, model.bench)


def _lean(network: Classifier, other: Classifier, share: float) -> None:
    """Move every weight by a share of the way to the other's."""
    theirs = other.state_dict()
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                tensor.lerp_(theirs[name].to(tensor.dtype), share)


def _same_base(model: TunedModel, parent: TunedModel) -> None:
    if parent.manifest.base_sha256 != model.manifest.base_sha256:
        raise RecipeError(
            "only a version of the same base can be kept",
            hint="blend 0 and voice 0 leave it alone",
        )
