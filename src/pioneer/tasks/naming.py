"""Labels that a description names, and how they meet the labels of the data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pioneer.tasks.sentence import stems, words

_QUOTED = re.compile(r"(?<!\w)[\"“«'‘`]([^\"“”«»'‘’`]{1,60})[\"”»'’`](?!\w)")
_INTRODUCED = re.compile(
    r"\b(?:in|into|between|among|as(?: either)?|either|one of|labels?|categories|classes|intents?"
    r"|types?|topics?|departments?|folders?|groups?)\b"
    r"\s*(?:are|is|named|called)?\s*(?P<colon>[:(]?)\s*(?P<list>[^.;:()?!\n]+)",
    re.IGNORECASE,
)
_ALTERNATIVES = re.compile(
    r"((?:[\w'-]+, )*[\w'-]+),? (?:or|vs\.?|versus) ([\w'-]+)", re.IGNORECASE
)
_APART = re.compile(
    r"\b(?:tell|distinguish|separate|keep)(?:ing)? (?P<a>[\w' -]{2,40}?) (?:from|and) "
    r"(?P<b>[\w'-]+)",
    re.IGNORECASE,
)
_JOINT = re.compile(r"\s*(?:,|/|\||\bor\b|\band\b|\bvs\b\.?|\bversus\b|&)\s*", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:(?:the|a|an|our|my|their|these|those|following|either|two|three|four|five|six|one of|"
    r"\d+|labels?|categories|classes|intents?|types?|topics?|folders?|groups?|kinds?|departments?|"
    r"is|are|as|it|they|messages?|texts?)\s+)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:for|of|in|on|from|so|that|which|with|when|by|but|at|because|where|using|based|while|"
    r"if|to|matters?|must|should|it|is|are|we|i|messages?|texts?|mails?|emails?|e-mails?|tweets?)\b"
    r".*$",
    re.IGNORECASE,
)
_LONGEST = 3
"""Words in a label name; what is longer is taken for prose."""


@dataclass(frozen=True, slots=True)
class Named:
    """Labels read in a description. `firm`: written as a list of labels, not a turn of phrase."""

    labels: tuple[str, ...]
    firm: bool


def named_labels(description: str) -> Named:
    """The labels that a sentence names; none at all is an empty tuple."""
    quoted = tuple(dict.fromkeys(item.strip() for item in _QUOTED.findall(description)))
    if len(quoted) >= 2:
        return Named(quoted, firm=True)
    for found in _INTRODUCED.finditer(description):
        items = _items(found["list"])
        if len(items) >= 2:
            return Named(items, firm=True)
    return Named(_turned(description), firm=False)


def _turned(description: str) -> tuple[str, ...]:
    """Labels in a turn of phrase: 'spam or ham', 'tell spam from ham', 'clickbait or not'."""
    for found in _ALTERNATIVES.finditer(description):
        first = found[1].split(", ")
        if found[2].casefold() == "not":
            return (first[-1], f"not {first[-1]}")
        return tuple(dict.fromkeys([*first, found[2]]))
    if apart := _APART.search(description):
        return _items(f"{apart['a']}, {apart['b']}")
    return ()


def _items(listed: str) -> tuple[str, ...]:
    """The items of a written list, up to the first that reads like prose."""
    found: dict[str, None] = {}
    for part in _JOINT.split(listed):
        whole = _LEADING.sub("", part.strip(" '\"“”‘’"))
        item = _TAIL.sub("", whole).strip(" '\"“”‘’")
        if not item or len(item.split()) > _LONGEST:
            break
        found[item] = None
        if item != whole:
            break
    return tuple(found)


def matched(name: str, labels: Iterable[str]) -> str | None:
    """The label that a name means, whatever its case, plural, spaces or underscores; else None."""
    wanted = stems(name)
    return next((label for label in labels if stems(label) == wanted), None)


def meant(phrase: str, labels: Sequence[str]) -> str | None:
    """The one label that a looser phrase speaks of ('any angry complaint'); else None."""
    if exact := matched(phrase, labels):
        return exact
    said = set(stems(phrase))
    inside = [label for label in labels if words(label) and set(stems(label)) <= said]
    longest = max((len(words(label)) for label in inside), default=0)
    best = [label for label in inside if len(words(label)) == longest]
    return best[0] if len(best) == 1 else None
