"""Which kinds befall a row, and what becomes of its text."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pioneer.bench.adaptft.perturb.kinds import KINDS, Harm, Kind, Step
from pioneer.bench.adaptft.perturb.stock import Stock
from pioneer.errors import ArgumentError

_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Perturbed:
    text: str
    kinds: tuple[Kind, ...]
    """What befell it, in this order."""
    copies: tuple[str, ...] = ()
    """Texts that are logged after it and inherit its truth."""

    @property
    def harm(self) -> Harm | None:
        """The worst of its kinds; None where nothing befell it."""
        found = {kind.harm for kind in self.kinds}
        return next((harm for harm in Harm if harm in found), None)

    @property
    def survives(self) -> bool:
        """Whether the right answer of the source row is still right."""
        return all(kind.survives for kind in self.kinds)


def perturbed(
    text: str,
    key: str,
    stock: Stock,
    poison: float | None = None,
    kinds: tuple[Kind, ...] = KINDS,
) -> Perturbed:
    """The text as it is logged. Every kind rolls for itself, so several may befall a row.

    `key` names the row and the seed: each kind draws from a stream of its own, so that a log with
    more poison has the same other kinds in the same rows. `poison` scales the kinds that are poison
    to this expected share of rows. Raises ArgumentError where that cannot be.
    """
    chosen = scaled(kinds, poison) if poison is not None else kinds
    streams = {kind.name: random.Random(f"{key} {kind.name}") for kind in chosen}
    rolled = [kind for kind in chosen if streams[kind.name].random() < kind.rate]
    befallen: list[Kind] = []
    copies: list[str] = []
    for kind in _in_order(rolled):
        chance = streams[kind.name]
        if kind.change is not None:
            if not text.strip():
                continue
            before, text = text, kind.change(text, chance, stock)
            if text == before:
                continue
        if kind.copies is not None:
            copies += kind.copies(text, chance)
        befallen.append(kind)
    return Perturbed(text, tuple(befallen), tuple(copies))


def _in_order(rolled: Sequence[Kind]) -> list[Kind]:
    """By their steps. Of those that replace the text one is left, poison before others; after one
    that is final no other changes the text."""
    replacing = [kind for kind in rolled if kind.step is Step.REPLACE]
    first = sorted(replacing, key=lambda kind: kind.harm is not Harm.POISON)[:1]
    rest = [kind for kind in rolled if kind.step is not Step.REPLACE]
    if any(kind.final for kind in first):
        rest = [kind for kind in rest if kind.change is None]
    return first + sorted(rest, key=lambda kind: kind.step)


@lru_cache(maxsize=64)
def scaled(kinds: tuple[Kind, ...], share: float) -> tuple[Kind, ...]:
    """The kinds, with the rates of poison times one factor, so that this share of rows (0..1) is
    expected to have at least one of them. Raises ArgumentError where no factor gives it."""
    rates = [kind.rate for kind in kinds if kind.harm is Harm.POISON]
    if not 0 <= share < 1 or (share > 0 and not rates):
        raise ArgumentError(f"the share of poison is from 0 to below 1, but got {share}")
    low, high = 0.0, 1 / max(rates, default=1.0)
    if share > _expected(rates, high):
        most = _expected(rates, high)
        raise ArgumentError(f"no more than {most:.0%} of the rows can be poison, but got {share}")
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _expected(rates, middle) < share else (low, middle)
    return tuple(
        replace(kind, rate=kind.rate * high) if kind.harm is Harm.POISON else kind for kind in kinds
    )


def _expected(rates: Sequence[float], factor: float) -> float:
    """Share of rows that have at least one of the kinds."""
    return 1 - math.prod(1 - min(1.0, rate * factor) for rate in rates)
