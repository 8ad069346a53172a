"""What a text alone tells, without a model: cheap enough for every row of a log."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass|skip)\b.{0,40}\b(?:instructions?|rules?|prompts?|"
    r"guidelines?|above|previous|prior|earlier|polic(?:y|ies)|training|labels?)\b"
    r"|\b(?:system|developer|hidden|secret|initial)\s+(?:prompt|message|instructions?|mode)\b"
    r"|\b(?:reveal|print|output|repeat|show|leak)\b.{0,30}\b(?:prompt|instructions?|secret|password|"
    r"api.?keys?)\b"
    r"|\b(?:answer|respond|reply|classify|label|output|return|mark)\b.{0,30}\b(?:only|always|every|"
    r"everything|regardless|no matter|instead)\b"
    r"|^\s*(?:system|assistant|developer)\s*:|<\s*/?\s*(?:system|inst|admin|s)\s*>|\[/?INST\]|###",
    re.IGNORECASE | re.DOTALL,
)
_ROLES = re.compile(
    r"\b(?:pretend|act|behave|role.?play|imagine)\b.{0,40}\b(?:as|you|that)\b.{0,60}\b(?:no|without|"
    r"unrestricted|unfiltered|uncensored|evil|free|any(?:thing)?|limits?|rules?|restrictions?)\b"
    r"|\b(?:jailbreak|jailbroken|unfiltered|uncensored|unrestricted|no\s+restrictions?|"
    r"without\s+(?:any\s+)?(?:restrictions?|limits?|filters?|censorship)|do\s+anything\s+now|"
    r"dan\s+mode|god\s+mode|debug\s+mode|admin\s+mode)\b"
    r"|\byou\s+are\s+(?:now|no\s+longer)\b|\bfrom\s+now\s+on\b"
    r"|\b(?:explosives?|malware|ransomware|counterfeit|meth|hack\s+into|steal|weapons?)\b",
    re.IGNORECASE | re.DOTALL,
)
_PREMISES = re.compile(
    r"\b(?:since|because|as|given\s+that|now\s+that|seeing\s+as)\s+(?:you|we|i|it|the|this|everyone)"
    r"\b.{0,60}\b(?:already|just|told|said|promised|confirmed|agreed|approved|know|decided|"
    r"cancel+ed|refunded|deleted|always|never)\b"
    r"|\b(?:as|like)\s+(?:you|we)\s+(?:told|said|promised|agreed|discussed|confirmed|mentioned)\b"
    r"|\b(?:you|we)\s+(?:already|just)\s+(?:told|said|promised|agreed|confirmed|approved)\b",
    re.IGNORECASE | re.DOTALL,
)
_LETTERS = re.compile(r"[^\W\d_]")
_START, _SPACE = "\x02", " "
_SMOOTHING = 0.05
_USUAL_ALPHABET = 80
"""Characters that a smoothed model reckons with."""


def patterns(text: str) -> dict[str, float]:
    """Signals from the text alone: 0 or 1, or a share."""
    letters = len(_LETTERS.findall(text[:2000]))
    return {
        "injection": float(_ORDERS.search(text[:4000]) is not None),
        "jailbreak": float(_ROLES.search(text[:4000]) is not None),
        "premise": float(_PREMISES.search(text[:4000]) is not None),
        "empty": 1.0 if letters < 2 else 0.5 if letters < 4 else 0.0,
    }


@dataclass(frozen=True, slots=True)
class Spelling:
    """How likely each letter is after the two before it, in the texts that it was made from."""

    counts: Mapping[str, int]
    """Of three characters."""
    heads: Mapping[str, int]
    """Of two."""

    def surprise(self, text: str) -> float:
        """Mean bits a letter; about 3 for prose of the kind that it knows, above 5 for noise. 0 for
        a text without letters."""
        read = _letters(text)
        if not read:
            return 0.0
        total = 0.0
        for at in range(2, len(read)):
            count = self.counts.get(read[at - 2 : at + 1], 0) + _SMOOTHING
            of = self.heads.get(read[at - 2 : at], 0) + _SMOOTHING * _USUAL_ALPHABET
            total -= math.log2(count / of)
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
