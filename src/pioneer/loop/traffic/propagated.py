"""What came of carrying corrections over to calls that nobody judged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Propagated:
    rows: str
    """Manifest of those calls, to learn from with the correction of a call like them."""
    asked: str
    """Artefact: traces that a human is asked about instead, the likeliest to be wrong first."""
    calls: int = 0
    """Unjudged ones that a correction near them would change."""
    learned: int = 0
    sentence: str = ""
    """What calls whose right answer is known say of it; empty where nothing can be carried."""
