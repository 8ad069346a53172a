"""Labels that a description names, and how they meet the labels of the data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pioneer.text.stems import stems, words

_QUOTED = re.compile(r"(?<!\w)[\"“«'‘`]([^\"“”«»'‘’`]{1,60})[\"”»'’`](?!\w)")
_SORTING = (
    r"\b(?:classif|categori|sort|split|divid|rout|group|triag|bucket|label|assign|put|separat|tag|"
    r"mark|flag|file|filing|recogni|detect|predict|decid|judg|rat)\w*\b"
)
_NOUN = r"\b(?:labels?|categor(?:y|ies)|class(?:es)?|intents?|types?|topics?|departments?|folders?)"
_LIST = r"\s*(?P<list>[^.;:()?!\n]+)"
_FIRM = (
    re.compile(rf"{_NOUN}(?::| \(| (?:are|is|named|called)\b){_LIST}", re.IGNORECASE),
    re.compile(rf"{_SORTING}[^.;:?!\n]*?\b(?:into|one of)\b:?{_LIST}", re.IGNORECASE),
    re.compile(rf"{_SORTING}[^.;:?!\n]*?\bas(?: either)? (?!as\b){_LIST}", re.IGNORECASE),
)
"""Written lists: 'labels: a, b', 'sort ... into a, b and c', 'classify ... as a or b'."""
_ENCLOSED = re.compile(r"\((?P<list>[^()]+)\)")
_ALTERNATIVES = re.compile(
    r"((?:[\w'-]+, )*[\w'-]+),? (?:or|vs\.?|versus) ([\w'-]+)", re.IGNORECASE
)
_APART = re.compile(
    r"\b(?:tell|distinguish|separate|keep)(?:ing)? (?:between )?(?P<a>[\w' -]{2,40}?) "
    r"(?:from|and) (?P<b>[\w'-]+)",
    re.IGNORECASE,
)
_NO_LABEL = {
    "one", "two", "three", "four", "five", "six", "more", "less", "fewer", "so", "not", "it",
    "possible", "soon", "quickly", "fast", "well", "good", "small", "cheaply", "accurately",
}  # fmt: skip
_JOINT = re.compile(r"\s*(?:,|\||\bor\b|\band\b|\bvs\b\.?|\bversus\b|&)\s*", re.IGNORECASE)
_SLASH = re.compile(r"\s*/\s*")
_LEADING = re.compile(
    r"^(?:(?:the|a|an|our|my|their|these|those|following|either|two|three|four|five|six|one of|"
    r"\d+|labels?|categories|classes|intents?|types?|topics?|folders?|groups?|kinds?|departments?|"
    r"is|are|as|it|they|messages?|texts?)\s+)+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:for|of|in|on|from|so|that|which|with|when|by|but|at|because|where|using|based|while|"
    r"if|to|as|matters?|must|should|it|is|are|we|i|ones?|messages?|texts?|mails?|emails?|e-mails?|"
    r"tweets?|reviews?|posts?|comments?|tickets?|headlines?)\b"
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


def named_labels(description: str, known: Sequence[str] = ()) -> Named:
    """The labels that a sentence names; none at all is an empty tuple.

    `known` are the labels of the data, which may hold words that else end a list ('add to cart').
    """
    quoted = tuple(dict.fromkeys(item.strip() for item in _QUOTED.findall(description)))
    if len(quoted) >= 2:
        return Named(quoted, firm=True)
    for pattern in _FIRM:
        for found in pattern.finditer(description):
            items = _items(found["list"], known)
            if len(items) >= 2:
                return Named(items, firm=True)
    turned = _turned(description)
    return Named(turned if len(turned) > 1 else (), firm=False)


def _turned(description: str) -> tuple[str, ...]:
    """Labels in a turn of phrase: '(a, b, c)', 'spam or ham', 'tell spam from ham', 'a or not'."""
    for enclosed in _ENCLOSED.finditer(description):
        items = _items(enclosed["list"])
        if len(items) >= 2:
            return items
    for found in _ALTERNATIVES.finditer(description):
        items = tuple(dict.fromkeys([*found[1].split(", "), found[2]]))
        if items[-1].casefold() == "not" and items[-2].casefold() not in _NO_LABEL:
            return (items[-2], f"not {items[-2]}")
        if not _NO_LABEL & {item.casefold() for item in items}:
            return items
    apart = _APART.search(description)
    return (*_items(apart["a"])[:1], *_items(apart["b"])[:1]) if apart else ()


def _items(listed: str, known: Sequence[str] = ()) -> tuple[str, ...]:
    """The items of a written list, up to the first that reads like prose; an 'and' ends it."""
    found: dict[str, None] = {}
    parts = (_JOINT if _JOINT.search(listed) else _SLASH).split(listed)
    joints = [joint.strip().casefold() for joint in _JOINT.findall(listed)]
    for at, part in enumerate(parts):
        whole = _LEADING.sub("", part.strip(" '\"“”‘’"))
        item = whole if matched(whole, known) else _TAIL.sub("", whole).strip(" '\"“”‘’")
        if not item or len(item.split()) > _LONGEST or item.casefold() in _NO_LABEL:
            break
        found[item] = None
        if item != whole or "and" in joints[max(at - 1, 0) : at]:
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
