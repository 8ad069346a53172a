"""What generators draw from: a bank of templates, and other texts of the same data."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from pioneer.errors import ArgumentError

BANKS = ("a", "b")
"""Detectors may be tuned on bank a; figures come from bank b. They share no template."""


@dataclass(frozen=True, slots=True)
class Bank:
    name: str
    templates: Mapping[str, tuple[str, ...]]
    words: Mapping[str, Mapping[str, str]]
    """Words that are written otherwise, by kind."""

    def one(self, kind: str, rng: random.Random) -> str:
        return rng.choice(self.templates[kind])


@dataclass(frozen=True, slots=True)
class Stock:
    bank: Bank
    others: Sequence[str] = ()
    """Texts with other right answers, which may be logged but are never reported on."""

    def other(self, rng: random.Random) -> str:
        """One of the other texts; where there are none, one from another domain."""
        return rng.choice(self.others) if self.others else self.bank.one("off_domain", rng)


Change: TypeAlias = Callable[[str, random.Random, Stock], str]
"""A text, chance and what may be drawn from -> the text as it is logged. A pure function."""


@cache
def bank(name: str) -> Bank:
    """Bank `a` or `b`. Raises ArgumentError for any other."""
    if name not in BANKS:
        raise ArgumentError(f"there is no bank {name!r}", hint=f"one of {', '.join(BANKS)}")
    file = files("pioneer.bench.adaptft.perturb") / "banks" / f"{name}.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    return Bank(
        name,
        {kind: tuple(many) for kind, many in found.items() if isinstance(many, list)},
        {kind: many for kind, many in found.items() if isinstance(many, dict)},
    )


def filled(template: str, rng: random.Random, **parts: str) -> str:
    """The template with its parts, and a number of its own for each {n}."""
    pieces = template.split("{n}")
    text = pieces[0]
    for piece in pieces[1:]:
        text += str(rng.randrange(10, 100_000)) + piece
    for name, part in parts.items():
        text = text.replace("{" + name + "}", part)
    return text
