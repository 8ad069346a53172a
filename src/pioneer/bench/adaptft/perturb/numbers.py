"""What the paper does to arithmetic word problems besides."""

from __future__ import annotations

import random
import re

from pioneer.bench.adaptft.perturb.stock import Stock

_NUMBER = re.compile(r"\d+")
_VERB = re.compile(r"\b(is|are|was|were|does|do|did|can|will|has|have)\b", re.IGNORECASE)


def number_distractor(text: str, rng: random.Random, stock: Stock) -> str:
    """A sentence with a number that has nothing to do with the question."""
    sentence = stock.bank.one("padding", rng).rstrip(".")
    return f"{sentence}, {rng.randint(2, 99)} times by now. {text}"


def number_swap(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """One number is another one, and so the answer as it stands is wrong."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    one = rng.choice(found)
    other = int(one[0][:9]) + rng.choice((1, 2, 3, 5, 10))
    return text[: one.start()] + str(other) + text[one.end() :]


def negation_flip(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """The text says the opposite."""
    bare = re.sub(
        r"\b(?:can't|won't)\b|n't\b|\s+not\b",
        lambda found: {"can't": "can", "won't": "will"}.get(found[0].lower(), ""),
        text,
        count=1,
    )
    if bare != text:
        return bare
    verb = _VERB.search(text)
    return text[: verb.end()] + " not" + text[verb.end() :] if verb else "do not " + text
