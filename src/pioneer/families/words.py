"""Words of texts and of label names."""

from __future__ import annotations

import re

from pioneer.text.normal import normalise

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words(text: str) -> list[str]:
    """The words of a text in order, folded; underscores part words."""
    return _WORD.findall(normalise(text))


def spoken(label: str) -> str:
    """A label's name as a person would say it: 'AddToPlaylist' and 'add_to_playlist' read alike."""
    return " ".join(words(_CAMEL.sub(" ", label))) or label
