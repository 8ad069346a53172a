"""The form in which two texts are compared."""

from __future__ import annotations

import unicodedata


def normalise(text: str) -> str:
    """NFKC, casefolded, runs of whitespace as one space, trimmed. Applying it twice changes
    nothing."""
    once = _fold(text)
    while (again := _fold(once)) != once:  # a few characters need a second pass
        once = again
    return once


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
