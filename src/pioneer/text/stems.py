"""Reading a description as words: lower case, light stems, phrases found in order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ENDINGS = (
    "ications", "ication", "izations", "isations", "ization", "isation", "izing", "ising",
    "ations", "ation", "ized", "ised", "ize", "ise", "ying", "ies", "ied", "ing", "ers", "er",
    "ions", "ion", "ed", "es", "s", "e", "y",
)  # fmt: skip
_SHORTEST = 3
"""Letters that a stem keeps at least."""


def words(text: str) -> list[str]:
    """The words of a text or label name in lower case; underscores and CamelCase part them."""
    parted = _CAMEL.sub(" ", unicodedata.normalize("NFC", text).replace("’", "'"))
    return _WORD.findall(parted.casefold())


def stem(word: str) -> str:
    """A word without its commonest English endings, so that 'classifying' meets 'classify'."""
    word = word.removesuffix("'s")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            found = word.removesuffix(ending)
            return found[:-1] if len(found) > _SHORTEST and found[-1:] == found[-2:-1] else found
    return word


def stems(text: str) -> list[str]:
    return [stem(word) for word in words(text)]


def mentions(text_stems: Sequence[str], phrase: str) -> bool:
    """Whether the words of a phrase stand in the text one after another."""
    wanted = stems(phrase)
    if not wanted:
        return False
    starts = range(len(text_stems) - len(wanted) + 1)
    return any(list(text_stems[at : at + len(wanted)]) == wanted for at in starts)
