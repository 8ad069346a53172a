"""How well data sets fit a description: BM25 over their cards, and the closeness of meaning."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pioneer.data.cards import Card
from pioneer.errors import BaseModelError
from pioneer.text.stems import stem, words

Similar: TypeAlias = Callable[[str, Sequence[str]], Sequence[float] | None]
"""(description, passages) -> cosines, or None where no encoder can be had."""

FIT = 0.35
"""Score from which a set fits. On 16 cards and 78 descriptions, 40 of them without a fitting set:
no false accept; see tests/data/test_catalogue.py."""
WORDS_FIT = 0.36
"""The same where there is no encoder and words alone count."""

_WORD_SHARE = 0.5
_K1, _B = 1.2, 0.5
_FEWEST = 32
"""A catalogue of fewer sets is weighed as if it had so many: in one card, no word is rare."""
_COMMON = {
    "a", "an", "the", "of", "to", "in", "on", "and", "or", "for", "with", "by", "is", "are",
    "it", "its", "this", "that", "as", "at", "from", "be", "was", "were", "what", "which",
    "who", "whether", "each", "every", "you", "your", "we", "our", "us", "they", "them",
    "their", "i", "my", "me", "into", "not", "no", "have", "has", "do", "does", "did", "can",
    "will", "would", "should", "such", "than", "then", "there", "these", "those", "so", "if",
    "only", "also", "more", "most", "one", "two", "want", "wants", "need", "needs", "please",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ranked:
    card: Card
    score: float
    """0..1; see `FIT`."""
    fits: bool
    matched: tuple[str, ...]
    """Words of the description that stand in the card."""
    similarity: float | None
    """Cosine of the description and the closest sentence of the card."""

    @property
    def why(self) -> str:
        words_ = ", ".join(self.matched[:6]) or "no word of the description"
        near = "" if self.similarity is None else f"; similarity {self.similarity:.2f}"
        return f"its card has {words_}{near}"


def meaning(description: str, passages: Sequence[str]) -> Sequence[float] | None:
    """Cosines by the default encoder; None where its weights cannot be had."""
    from pioneer.bases import resolve
    from pioneer.encoding import embed

    try:
        vectors = embed(resolve("minilm"), [description, *passages], cache=None)
    except BaseModelError:
        return None
    return [float(cosine) for cosine in vectors[1:] @ vectors[0]]


def rank(description: str, cards: Sequence[Card], similar: Similar = meaning) -> list[Ranked]:
    """The cards by how well they fit, best first; equal ones by name."""
    if not cards:
        return []
    asked = {stem(word): word for word in reversed(telling(description))}
    lexical = _bm25(list(asked), [_terms(card) for card in cards])
    nearest = _nearest(description, cards, similar)
    found = []
    for card, by_words, near in zip(cards, lexical, nearest, strict=True):
        own = set(_terms(card))
        score = by_words if near is None else _WORD_SHARE * by_words + (1 - _WORD_SHARE) * near
        fits = score >= (WORDS_FIT if near is None else FIT)
        matched = tuple(word for key, word in reversed(asked.items()) if key in own)
        found.append(Ranked(card, score, fits, matched, near))
    return sorted(found, key=lambda one: (-one.score, one.card.name))


def telling(text: str) -> list[str]:
    """The words of a text but for those that stand in any."""
    return [word for word in words(text) if word not in _COMMON and len(word) > 1]


def _terms(card: Card) -> list[str]:
    about = (card.name, card.title, card.task, card.language, card.summary)
    text = " ".join((*about, *card.labels))
    return [stem(word) for word in telling(text)]


def _bm25(asked: Sequence[str], documents: Sequence[Sequence[str]]) -> list[float]:
    """BM25 of each document, as a share of what a document full of every asked word would get.

    Words that stand in no document count into that, so a description about something else
    altogether scores low against all.
    """
    from rank_bm25 import BM25Okapi

    index = BM25Okapi([list(document) or [""] for document in documents], k1=_K1, b=_B)
    held_by = Counter(term for document in documents for term in set(document))
    total = max(len(documents), _FEWEST)
    index.idf = {
        term: math.log(1 + (total - held_by[term] + 0.5) / (held_by[term] + 0.5))
        for term in {*asked, *held_by}
    }
    best = sum(index.idf[term] for term in asked) * (_K1 + 1)
    return [float(score) / best if best else 0.0 for score in index.get_scores(list(asked))]


def _nearest(description: str, cards: Sequence[Card], similar: Similar) -> list[float | None]:
    """For each card the cosine of the passage that is closest to the description."""
    passages = [_passages(card) for card in cards]
    cosines = similar(description, [passage for some in passages for passage in some])
    if cosines is None:
        return [None] * len(cards)
    ends = [sum(map(len, passages[: at + 1])) for at in range(len(passages))]
    return [max(cosines[end - len(some) : end]) for end, some in zip(ends, passages, strict=True)]


def _passages(card: Card) -> list[str]:
    sentences = [part for part in re.split(r"(?<=[.:])\s+", card.summary) if len(part) > 20]
    return [f"{card.title}: {card.task}", *sentences, f"{card.title}. {card.summary}"]
