"""A base model on this machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Base:
    """Weights that are there and verified. Cheap to hold: nothing is loaded."""

    name: str
    path: Path
    """A folder with config, tokenizer and weights."""
    sha256: str
    """Of the weights file (of the sorted files' hashes, where there are several)."""
    hidden: int
    """Width of the hidden states."""
    params: int
    positions: int = sys.maxsize
    """Tokens of a text that it can read at most."""
