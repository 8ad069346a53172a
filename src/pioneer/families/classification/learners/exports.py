"""Copies of trained models that need neither base nor workspace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pioneer.encoding.encoder import load_encoder
from pioneer.errors import ArgumentError
from pioneer.families.base import Model
from pioneer.families.classification.learners import tuned
from pioneer.families.classification.learners.constant import ConstantModel
from pioneer.families.classification.learners.frozen import FrozenModel
from pioneer.families.classification.learners.network import Classifier
from pioneer.families.classification.learners.onnx_model import write_onnx
from pioneer.families.classification.learners.tuned import TunedModel

FORMS = ("safetensors", "onnx")


def export(model: Model, folder: Path, form: str) -> None:
    """Write `model` so that `load` reads it anywhere. Raises ArgumentError, ExportError."""
    if form not in FORMS:
        raise ArgumentError(f"a classifier has no {form!r} form", hint=f"known: {', '.join(FORMS)}")
    if isinstance(model, ConstantModel):
        if form == "onnx":
            raise ArgumentError("a constant answer has no ONNX form", hint="use safetensors")
        model.save(folder)
        return
    whole = with_encoder(model)
    if form == "onnx":
        write_onnx(whole, folder)
    else:
        whole.save(folder)


def with_encoder(model: Model) -> TunedModel:
    """The model with the weights of its base inside."""
    if isinstance(model, TunedModel):
        return model
    if not isinstance(model, FrozenModel):
        raise ArgumentError("this model is an export already")
    network = Classifier(load_encoder(model.base.path), model.head)
    described = replace(model.manifest, format=tuned.FORMAT)
    return TunedModel(described, network, model.base, model.bench)
