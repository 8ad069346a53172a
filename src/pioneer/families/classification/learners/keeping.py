"""keeping.v1: a fine-tune that holds on to what the served version gets right.

Where the served version answers a row rightly, its whole distribution is a second target (focal
distillation for positive-congruent training, Yan et al. 2021); afterwards the weights may be drawn
back towards its own (WiSE-FT, Wortsman et al. 2022). Without a served version it is full.v1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pioneer.encoding.device import device
from pioneer.encoding.encoder import load_encoder
from pioneer.errors import RecipeError
from pioneer.evaluation.calibration import fit_temperature, recalibrate
from pioneer.families.base import Model, Workbench
from pioneer.families.classification.learners.finetune import Extra, fine_tune
from pioneer.families.classification.learners.frozen import FrozenModel
from pioneer.families.classification.learners.hyper import real, settings, share
from pioneer.families.classification.learners.network import Classifier
from pioneer.families.classification.learners.rows import label_set
from pioneer.families.classification.learners.strategies import KEEPING
from pioneer.families.classification.learners.tuned import TunedModel
from pioneer.records import Example, Recipe, Task


def learn(recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench) -> TunedModel:
    values = settings(recipe, KEEPING)
    weight, blend = real(values, "keep"), share(values, "blend")
    if weight < 0:
        raise RecipeError(f"keep must be at least 0, but got {weight}")
    labels = label_set(task, examples)
    extra = None
    if bench.parent is not None and weight > 0:
        extra = as_parent(bench.parent, labels, examples, weight)
    model = fine_tune(recipe, values, task, examples, bench, extra)
    if bench.parent is not None and blend > 0:
        draw_back(model, bench.parent, blend)
    return model


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


def draw_back(model: TunedModel, parent: Model, blend: float) -> None:
    """Move every weight by `blend` of the way to the parent's. Raises RecipeError for a parent of
    another base or other labels."""
    own, theirs = model.network.state_dict(), _network(model, parent).state_dict()
    with torch.no_grad():
        for name, tensor in own.items():
            if tensor.is_floating_point():
                tensor.lerp_(theirs[name].to(tensor.dtype), blend)


def _network(model: TunedModel, parent: Model) -> Classifier:
    """The parent as an encoder and a head; a frozen one has the encoder of its base."""
    if isinstance(parent, TunedModel | FrozenModel):
        same = parent.manifest.base_sha256 == model.manifest.base_sha256
        if same and parent.manifest.labels == model.manifest.labels:
            if isinstance(parent, TunedModel):
                return parent.network
            return Classifier(load_encoder(parent.base.path), parent.head)
    raise RecipeError(
        "weights can be drawn back only to a version of the same base and labels",
        hint="blend 0 leaves them as they are",
    )
