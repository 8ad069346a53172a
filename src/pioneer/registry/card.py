"""What is known of one version of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pioneer.records import Recipe, Score, Task


@dataclass(frozen=True, slots=True)
class Serving:
    """How raw answers become served ones."""

    temperature: float = 1.0
    threshold: float = 0.0
    """Below this confidence the answer is null; 0 means the model always answers."""


@dataclass(frozen=True, slots=True)
class VersionCard:
    """Everything that a later run, a report or an auditor asks of a version."""

    task: Task
    recipe: Recipe
    recipe_hash: str
    data_hash: str
    """Hash of the data manifest (row keys and groups), not of the text."""
    manifest: str
    """Artefact: the manifest of the rows that the shipped weights were trained on."""
    test: str | None
    """Artefact: the manifest of the sealed test rows."""
    base_sha256: str
    serving: Serving
    scores: Mapping[str, Score]
    decision: str
    reason: str
    parent: int | None = None
    """The version that was served when this one was made."""
    export: Mapping[str, Any] = field(default_factory=dict)
