"""Any saved classifier, back from its folder."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from pioneer.errors import RegistryError
from pioneer.families.base import Model, Workbench
from pioneer.families.classification.learners import manifest

_PACKAGE = "pioneer.families.classification.learners"
_READERS = {
    "constant.v1": "constant",
    "frozen.v1": "frozen",
    "tuned.v1": "tuned",
    "duo.v1": "duo",
    "onnx.v1": "onnx_model",
}
"""Which module reads which format."""


def load(folder: Path, bench: Workbench) -> Model:
    """The model that `Model.save` wrote. Raises RegistryError or BaseModelError."""
    described = manifest.read(folder)
    if described.format not in _READERS:
        hint = "a newer version of pioneer wrote it"
        raise RegistryError(f"unknown model format {described.format!r}", hint=hint)
    reader = import_module(f"{_PACKAGE}.{_READERS[described.format]}")
    model: Model = reader.load(folder, described, bench)
    return model
