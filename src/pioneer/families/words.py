"""How families compare texts and labels: without case and without differences in spaces."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def folded(text: str) -> str:
    """The text as it is compared: NFC, no case, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def words(text: str) -> list[str]:
    """The words of a text in order, folded."""
    return _WORD.findall(folded(text))


def spoken(label: str) -> str:
    """A label's name as a person would say it: 'AddToPlaylist' and 'add_to_playlist' read alike."""
    return " ".join(words(_CAMEL.sub(" ", label))) or label
