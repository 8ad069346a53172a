"""Whether a human's correction may be carried over to similar rows that nobody judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PRECISION_LEAST = 0.9
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class HeldOutPair:
    """A correction and a similar row whose right answer is known, but was not used."""

    group: str
    """One vote each."""
    correction: str
    output: str
    """What the deployed version answers to the neighbour."""
    right: str


@dataclass(frozen=True, slots=True)
class Propagation:
    """Whether corrections spread; otherwise similarity only orders the review queue."""

    allowed: bool
    right: int
    pairs: int
    lower: float
    sentence: str


def propagation(pairs: Iterable[HeldOutPair]) -> Propagation:
    """Counted over pairs where the correction would change the neighbour's answer, one a group."""
    first: dict[str, HeldOutPair] = {}
    for pair in sorted(pairs, key=_order):
        if pair.output != pair.correction:
            first.setdefault(pair.group, pair)
    right = sum(pair.correction == pair.right for pair in first.values())
    lower = lower_bound(right, len(first))
    allowed = lower >= PRECISION_LEAST
    sentence = (
        f"{right} of {len(first)} held-out neighbours would be corrected rightly, at least "
        f"{lower:.2f} with 95 % confidence; {PRECISION_LEAST} is needed to spread corrections"
    )
    return Propagation(allowed, right, len(first), lower, sentence)


def lower_bound(right: int, pairs: int) -> float:
    """The exact (Clopper-Pearson) one-sided 95 % lower bound of a share; 29 of 29 gives 0.90."""
    from scipy.stats import beta

    return float(beta.ppf(1 - CONFIDENCE, right, pairs - right + 1)) if right else 0.0


def _order(pair: HeldOutPair) -> tuple[str, ...]:
    return pair.group, pair.correction, pair.output, pair.right
