"""Whether corrections may be carried over to similar rows that nobody judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NEAREST = 60
"""Neighbours that are looked at; 29 are the fewest that can allow anything."""
PRECISION_LEAST = 0.9
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class KnownNeighbour:
    """A judged row, and the correction of the row most like it."""

    group: str
    """One vote each."""
    correction: str
    output: str
    """What the deployed version answers to the neighbour."""
    right: str
    similarity: float = 1.0


@dataclass(frozen=True, slots=True)
class Propagation:
    """Whether corrections are carried over; otherwise they only order the review queue."""

    allowed: bool
    right: int
    pairs: int
    lower: float
    sentence: str
    similarity: float
    """From which on they are: that of the farthest neighbour that was looked at."""


def propagation(neighbours: Iterable[KnownNeighbour]) -> Propagation:
    """Of the nearest neighbours whose answer the correction would change, one a group. Which these
    are never depends on what is right, so the share of right ones may be tested."""
    first: dict[str, KnownNeighbour] = {}
    for one in sorted(neighbours, key=_order):
        if one.output != one.correction:
            first.setdefault(one.group, one)
    looked = list(first.values())[:NEAREST]
    right = sum(one.correction == one.right for one in looked)
    lower = lower_bound(right, len(looked))
    sentence = (
        f"right for {right} of the {len(looked)} judged calls most like a corrected one, at least "
        f"{lower:.2f} with 95 % confidence; {PRECISION_LEAST} is needed to carry corrections over"
    )
    least = looked[-1].similarity if looked else 1.0
    return Propagation(lower >= PRECISION_LEAST, right, len(looked), lower, sentence, least)


def lower_bound(right: int, pairs: int) -> float:
    """The exact (Clopper-Pearson) one-sided 95 % lower bound of a share; 29 of 29 gives 0.90."""
    from scipy.stats import beta

    return float(beta.ppf(1 - CONFIDENCE, right, pairs - right + 1)) if right else 0.0


def _order(one: KnownNeighbour) -> tuple[float, str, str, str, str]:
    return -one.similarity, one.group, one.correction, one.output, one.right
