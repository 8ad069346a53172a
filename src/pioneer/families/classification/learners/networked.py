"""Any classifier that has a network, as one that carries the weights of its base."""

from __future__ import annotations

from dataclasses import replace

from pioneer.encoding.encoder import load_encoder
from pioneer.families.base import Model
from pioneer.families.classification.learners import tuned
from pioneer.families.classification.learners.duo import DuoModel
from pioneer.families.classification.learners.frozen import FrozenModel
from pioneer.families.classification.learners.network import Classifier
from pioneer.families.classification.learners.tuned import TunedModel


def with_network(model: Model) -> TunedModel | None:
    """Of a duo, the younger of the two; None for a model without a network that can be had."""
    if isinstance(model, DuoModel):
        return model.own
    if isinstance(model, FrozenModel):
        network = Classifier(load_encoder(model.base.path), model.head)
        described = replace(model.manifest, format=tuned.FORMAT)
        return TunedModel(described, network, model.base, model.bench)
    return model if isinstance(model, TunedModel) else None
