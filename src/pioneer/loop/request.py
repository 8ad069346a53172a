"""What a cold start was asked for; recorded before anything heavy happens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pioneer.budget import Budget
from pioneer.errors import ArgumentError
from pioneer.records import Kind

_SEEDS = 2**32
"""As many as every library that draws numbers takes."""


@dataclass(frozen=True, slots=True)
class ColdStart:
    """The arguments of a run. All automatic choices that depend on the machine are in here too,
    so that a resumed run makes them again."""

    description: str
    data: tuple[str, ...] = ()
    name: str = ""
    bases: tuple[str, ...] = ()
    metric: str | None = None
    kind: Kind | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    target: float = 0.96
    budget: Budget = Budget()
    seed: int = 0
    workers: int = 2
    """Recipes trained side by side, k of the method."""
    threads: int = 1
    """For each worker."""
    command: str = ""
    snapshot: str = ""
    """Hash of the given files as they were when the run began."""

    def __post_init__(self) -> None:
        if not 0 < self.target <= 1:
            raise ArgumentError(f"--target must be above 0 and at most 1, but got {self.target:g}")
        if not 0 <= self.seed < _SEEDS:
            raise ArgumentError(f"--seed must be from 0 to {_SEEDS - 1}, but got {self.seed}")
        if self.workers < 2:
            raise ArgumentError(f"at least 2 recipes are tried side by side, not {self.workers}")


def name_from(description: str) -> str:
    """A model name made of the first telling words of a description."""
    words = [word for word in re.findall(r"[a-z0-9]+", description.lower()) if len(word) > 2]
    skipped = {"the", "and", "for", "that", "into", "with", "this", "what", "they", "from", "our"}
    return "-".join([word for word in words if word not in skipped][:3])[:48] or "model"
