"""Texts that ask for something that is not the task."""

from __future__ import annotations

import random
import string

from pioneer.bench.adaptft.perturb.stock import Stock


def off_domain(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    return stock.bank.one("off_domain", rng)


def meta_question(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """About the assistant itself."""
    return stock.bank.one("meta_question", rng)


def context_assumption(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """It leans on a talk that the log does not have."""
    return stock.bank.one("context_assumption", rng)


def verbatim_recall(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """Another row of the data, word for word."""
    return stock.other(rng)


def gibberish(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """Keys struck at random, letters in any order, or one key held down."""
    match rng.randrange(3):
        case 0:
            return "".join(rng.choices(string.ascii_lowercase + "  ;[]", k=rng.randint(6, 40)))
        case 1:
            letters = list(text.replace(" ", "")) or ["x"]
            rng.shuffle(letters)
            return "".join(letters) + rng.choice(string.ascii_lowercase)
        case _:
            return rng.choice(string.ascii_lowercase) * rng.randint(5, 30)
