"""How much work this process did that a cache could have spared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counts:
    """Texts that went through the tokenizer and through the encoder."""

    tokenised: int = 0
    embedded: int = 0


COUNTS = Counts()
"""Of this process, since it started."""
