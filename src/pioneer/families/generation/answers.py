"""When two answers are the same: as texts, as JSON, as numbers."""

from __future__ import annotations

import json
import re
from collections import Counter
from fractions import Fraction
from typing import Any

from pioneer.families.words import words
from pioneer.text.normal import normalise

_MARKS = (
    re.compile(r"####\s*(.+)"),
    re.compile(r"\\boxed\{([^{}]*)\}"),
    re.compile(r"\banswer(?:\s+is|\s*:)\s*(.+)", re.IGNORECASE),
)
"""How models and data sets announce their final answer, clearest first."""

_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\d)")
_BARE = re.compile(rf"[$€£]?\s*({_NUMBER.pattern})\s*%?\.?")
_ARTICLES = {"a", "an", "the"}
_LONGEST = 40  # digits; longer ones are compared as text


def same_text(left: str, right: str) -> bool:
    """Equal case and spaces aside; two JSON documents are compared as values, case kept."""
    values = _json(left), _json(right)
    if None not in values:
        return bool(values[0] == values[1])
    return normalise(left) == normalise(right)


def same_answer(wanted: str, output: str) -> bool:
    """Whether the output's final answer is the wanted one.

    Numbers are compared as numbers ('$1,200.00' is '1200'); if the output announces no answer, its
    last number counts. Texts are compared without case, punctuation and articles.
    """
    final = final_answer(output)
    number = _bare_number(wanted)
    if number is not None:
        found = _bare_number(final)
        return number == (found if found is not None else _last_number(final))
    return same_text(wanted, final) or (_plain(wanted) == _plain(final) != [])


def final_answer(text: str) -> str:
    """What stands behind the last announcement of an answer; else the whole text."""
    for mark in _MARKS:
        found = mark.findall(text)
        if found:
            return str(found[-1]).strip()
    return text.strip()


def token_f1(reference: str, output: str) -> float:
    """Overlap of words, counted with their repetitions; two empty texts agree."""
    wanted, said = Counter(words(reference)), Counter(words(output))
    if not wanted or not said:
        return float(wanted == said and same_text(reference, output))
    return 2 * (wanted & said).total() / (wanted.total() + said.total())


def _json(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _plain(text: str) -> list[str]:
    return [word for word in words(text) if word not in _ARTICLES]


def _bare_number(text: str) -> Fraction | None:
    """The number that a text is, and nothing else."""
    match = _BARE.fullmatch(text.strip())
    return _fraction(match[1]) if match else None


def _last_number(text: str) -> Fraction | None:
    found = _NUMBER.findall(text)
    return _fraction(found[-1]) if found else None


def _fraction(digits: str) -> Fraction | None:
    return Fraction(digits.replace(",", "")) if len(digits) <= _LONGEST else None
