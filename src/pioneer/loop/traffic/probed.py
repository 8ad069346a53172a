"""What probing found."""

from __future__ import annotations

from dataclasses import dataclass

from pioneer.gates.probes import Probed


@dataclass(frozen=True, slots=True)
class Weakness:
    """A cluster of failures that can be learned from, and what its variations tell."""

    name: str
    """Its telling words."""
    answered: str | None
    right: str | None
    calls: int
    found: Probed


@dataclass(frozen=True, slots=True)
class Probes:
    clusters: tuple[Weakness, ...]
    """The largest first."""
    rows: str
    """Manifest of the variations that fail, of weaknesses that are systematic: to learn from."""
    asked: int
    """Variations in all."""
