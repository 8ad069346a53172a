"""What a text alone tells, without a model: cheap enough for every row of a log."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pioneer.diagnosis.phrases import CLAIMS, ORDERS, ROLES, SUPPOSITIONS, words_of

_LETTERS = re.compile(r"[^\W\d_]")
_START, _SPACE = "\x02", " "
STRONG = 0.5
"""A signal from which a text counts as spoilt."""
_SMOOTHING = 0.05
_ENOUGH = 4
"""Letters of a text that is not empty."""
_READ = 4000
"""Characters that the patterns look at."""
_USUAL_ALPHABET = 80
"""Characters that a smoothed model reckons with."""


_SPACES = re.compile(r"[^\S\n]")
"""Of any kind, those that do not break among them; the phrases know the plain one."""


def patterns(text: str) -> dict[str, float]:
    """Signals from the text alone, each from 0 to 1."""
    read = _SPACES.sub(" ", text[:_READ])
    words = words_of(read)
    claims, supposes = CLAIMS.are_in(read, words), SUPPOSITIONS.are_in(read, words)
    letters = sum(map(len, words))
    if letters < _ENOUGH:
        letters = len(_LETTERS.findall(read))
    return {
        "injection": float(ORDERS.are_in(read, words)),
        "jailbreak": float(ROLES.are_in(read, words)),
        "premise": 1.0 if claims else 0.5 if supposes else 0.0,
        "empty": 1.0 if letters < 2 else 0.5 if letters < _ENOUGH else 0.0,
    }


def sound(text: str) -> bool:
    """Whether none of these signals is strong: the text says something, and gives no orders."""
    return max(patterns(text).values()) < STRONG


@dataclass(frozen=True, slots=True)
class Spelling:
    """How likely each letter is after the two before it, in the texts that it was made from."""

    counts: Mapping[str, int]
    """Of three characters."""
    heads: Mapping[str, int]
    """Of two."""

    def surprise(self, text: str, learned: bool = False) -> float:
        """Mean bits a letter; about 3 for prose of the kind that it knows, above 5 for noise. 0 for
        a text without letters. A text that was learned does not speak for itself."""
        read = _letters(text)
        if not read:
            return 0.0
        threes = Counter(read[at - 2 : at + 1] for at in range(2, len(read)))
        twos = Counter(read[at - 2 : at] for at in range(2, len(read)))
        total = 0.0
        for three, times in threes.items():
            two = three[:2]
            mine, ours = (times, twos[two]) if learned else (0, 0)
            count = max(self.counts.get(three, 0) - mine, 0) + _SMOOTHING
            of = max(self.heads.get(two, 0) - ours, 0) + _SMOOTHING * _USUAL_ALPHABET
            total -= times * math.log2(count / of)
        return total / max(1, len(read) - 2)


def spelling(texts: Iterable[str]) -> Spelling:
    """Learn how words are spelt; the texts may hold some noise."""
    counts: Counter[str] = Counter()
    heads: Counter[str] = Counter()
    for text in texts:
        read = _letters(text)
        for at in range(2, len(read)):
            counts[read[at - 2 : at + 1]] += 1
            heads[read[at - 2 : at]] += 1
    return Spelling(counts, heads)


def _letters(text: str) -> str:
    """Lower case, everything that is no letter one space; two start signs in front."""
    words = "".join(char if char.isalpha() else _SPACE for char in text[:2000].lower()).split()
    return f"{_START}{_START}{_SPACE.join(words)}" if words else ""
