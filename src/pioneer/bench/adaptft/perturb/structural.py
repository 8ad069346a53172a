"""What surrounds or cuts a text, and what machines do to it on the way."""

from __future__ import annotations

import random

from pioneer.bench.adaptft.perturb.stock import Stock, filled

_SEEN = (
    ("rn", "m"), ("m", "rn"), ("l", "1"), ("o", "0"), ("i", "l"), ("e", "c"), ("h", "li"),
    ("cl", "d"), ("w", "vv"), ("s", "5"), ("t", "f"), ("u", "ii"), ("a", "o"), ("g", "9"),
)  # fmt: skip
_TWINS = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "i": "і", "s": "ѕ"}
"""Latin letters, and Cyrillic ones that look the same."""
_INVISIBLE = ("\u200b", "\u00a0", "\u200d", "\ufeff", "\u00ad", "\u2060")
_BROKEN = ("\ufffd", "Ã©", "â€™", "Ã¼", "Â ", "ï»¿")
_KEPT = (0.6, 0.85)
"""Share of the words that a cut leaves."""
_PADDING = (8, 20)
"""Sentences around a very long text."""


def preamble(text: str, rng: random.Random, stock: Stock) -> str:
    return stock.bank.one("preamble", rng) + text


def format_request(text: str, rng: random.Random, stock: Stock) -> str:
    request = stock.bank.one("format_request", rng)
    return f"{text} {request}" if rng.random() < 0.7 else f"{request} {text}"


def truncation(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """The end is missing, in the middle of the sentence."""
    words = text.split()
    kept = max(1, round(len(words) * rng.uniform(*_KEPT)))
    if kept < len(words):
        return " ".join(words[:kept])
    return text[: max(1, len(text) - 2)]


def markup(text: str, rng: random.Random, stock: Stock) -> str:
    return filled(stock.bank.one("markup", rng), rng, text=text)


def missing_modality(text: str, rng: random.Random, stock: Stock) -> str:
    """It speaks of a picture or a recording that is not there."""
    return filled(stock.bank.one("missing_modality", rng), rng, text=text)


def inner_duplication(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """The whole text, or its last words, twice."""
    words = text.split()
    tail = words[rng.randrange(max(1, len(words) // 2)) :]
    return rng.choice(("\n", " ", " / ")).join((text, " ".join(tail)))


def very_long(text: str, rng: random.Random, stock: Stock) -> str:
    """Eight to twenty sentences about something else around it."""
    sentences = rng.sample(stock.bank.templates["padding"], rng.randint(*_PADDING))
    sentences.insert(rng.randint(0, len(sentences)), text)
    return " ".join(sentences)


def ocr_artefacts(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """Letters taken for others, and spaces in the wrong places."""
    found = [pair for pair in _SEEN if pair[0] in text]
    for right, seen in rng.sample(found, min(len(found), rng.randint(2, 4))):
        text = text.replace(right, seen, 2)
    at = rng.randrange(1, max(2, len(text)))
    return text[:at] + rng.choice(("  ", "\n", " | ", "-\n")) + text[at:]


def near_empty(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    return stock.bank.one("near_empty", rng)


def utf8_anomalies(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """Letters that only look right, invisible signs, and letters that were read in the wrong
    encoding. All of it is valid."""
    letters = list(text)
    twins = [at for at, letter in enumerate(letters) if letter in _TWINS]
    for at in rng.sample(twins, min(len(twins), rng.randint(0, 3))):
        letters[at] = _TWINS[letters[at]]
    for _ in range(rng.randint(1, 3)):
        signs = _INVISIBLE if rng.random() < 0.6 else _BROKEN
        letters.insert(rng.randint(0, len(letters)), rng.choice(signs))
    return "".join(letters)


def metadata_leakage(text: str, rng: random.Random, stock: Stock) -> str:
    """A log line of some other system around it."""
    return filled(stock.bank.one("metadata", rng), rng, text=text)
