"""Texts that mislead, by design or by mistake."""

from __future__ import annotations

import random

from pioneer.bench.adaptft.perturb.stock import Stock, filled


def label_flip(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """The text stays: what is wrong is the correction that goes with it."""
    return text


def boundary_probe(text: str, rng: random.Random, stock: Stock) -> str:
    """The text and one with another answer, so that neither is the answer."""
    return filled(stock.bank.one("boundary_probe", rng), rng, text=text, other=stock.other(rng))


def false_premise(text: str, rng: random.Random, stock: Stock) -> str:
    return filled(stock.bank.one("false_premise", rng), rng, text=text)


def prompt_injection(text: str, rng: random.Random, stock: Stock) -> str:
    return filled(stock.bank.one("injection", rng), rng, text=text)


def cross_benchmark(text: str, rng: random.Random, stock: Stock) -> str:
    """A question of some public benchmark beside it."""
    parts = [text, stock.bank.one("cross_benchmark", rng)]
    rng.shuffle(parts)
    return rng.choice(("\n\n", " ", "\n")).join(parts)


def jailbreak(text: str, rng: random.Random, stock: Stock) -> str:
    return filled(stock.bank.one("jailbreak", rng), rng, text=text)
