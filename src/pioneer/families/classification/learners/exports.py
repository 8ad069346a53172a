"""Copies of trained models that need neither base nor workspace."""

from __future__ import annotations

from pathlib import Path

from pioneer.errors import ArgumentError
from pioneer.families.base import Model
from pioneer.families.classification.learners.constant import ConstantModel
from pioneer.families.classification.learners.duo import DuoModel
from pioneer.families.classification.learners.networked import with_network
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
    whole = _whole(model)
    if form == "onnx":
        write_onnx(whole.network, whole.manifest, whole.tokens, folder)
    else:
        whole.save(folder)


def _whole(model: Model) -> TunedModel | DuoModel:
    """The model with the weights of its base inside."""
    found = model if isinstance(model, DuoModel) else with_network(model)
    if found is None:
        raise ArgumentError("this model is an export already")
    return found
