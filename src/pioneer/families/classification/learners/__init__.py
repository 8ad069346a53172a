"""How to learn to classify: one module per strategy, loaded when it is asked for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType

from pioneer.errors import RecipeError
from pioneer.families.base import Learner, Model
from pioneer.families.classification.learners.model import load
from pioneer.families.classification.learners.strategies import BASELINES, STRATEGIES, drafts

__all__ = ["BASELINES", "LEARNERS", "STRATEGIES", "drafts", "export", "learner", "load"]

LEARNERS: Mapping[str, str] = MappingProxyType(
    {
        "majority.v1": "constant",
        "nearest-name.v1": "nearest_name",
        "probe.v1": "probe",
        "full.v1": "finetune",
        "contrastive.v1": "contrastive",
        "lora.v1": "lora",
        "keeping.v1": "keeping",
    }
)
"""Which module's `learn` stands behind which strategy."""


def learner(strategy: str) -> Learner:
    """Raises RecipeError for an unknown strategy."""
    if strategy not in LEARNERS:
        near = difflib.get_close_matches(strategy, LEARNERS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(LEARNERS)}"
        raise RecipeError(f"unknown strategy {strategy!r}", hint=hint)
    found: Learner = import_module(f"{__name__}.{LEARNERS[strategy]}").learn
    return found


def export(model: Model, folder: Path, form: str) -> None:
    """Write a copy of a trained model that needs no base. Raises ArgumentError for the form."""
    from pioneer.families.classification.learners import exports

    exports.export(model, folder, form)
