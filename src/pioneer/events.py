"""What a run tells while it works. A listener is one callable; by default nobody listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Note:
    """A line worth showing: a decision or a result."""

    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is: `share` from 0 to 1. Steps with the same name update one bar."""

    step: str
    share: float


Event: TypeAlias = Note | Progress
Listener: TypeAlias = Callable[[Event], None]


def silent(_event: Event) -> None:
    """The listener that hears nothing."""
