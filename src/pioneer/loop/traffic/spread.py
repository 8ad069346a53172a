"""What came of carrying corrections over to calls that nobody judged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    rows: str
    """Manifest of those calls, to learn from with the correction of a call like them."""
    calls: int
    """That could have been learned from."""
    learned: int
    sentence: str = "there is nothing to carry over"
    """What held-out pairs say about it."""
