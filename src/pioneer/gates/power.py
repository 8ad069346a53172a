"""How many groups would show a gain: exact, for the mid-p test of rule (a)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pioneer.errors import ArgumentError
from pioneer.gates.better import LEVEL

GAIN = 0.05
BROKEN = 0.01
POWER = 0.8
_MOST = 100_000


def power(groups: int, gain: float = GAIN, broken: float = BROKEN) -> float:
    """P(rule (a) passes) where `broken` of all groups break and `gain` more are fixed."""
    from scipy.stats import binom

    fixed = gain + broken
    changed = np.arange(groups + 1)
    reached = binom.sf(_needed(groups) - 1, changed, fixed / (fixed + broken))
    return float(binom.pmf(changed, groups, fixed + broken) @ reached)


@lru_cache(maxsize=256)
def groups_needed(gain: float = GAIN, broken: float = BROKEN, wanted: float = POWER) -> int:
    """The fewest groups with the wanted power.

    Raises ArgumentError for a gain that is not above 0, or needs more than 100,000 groups.
    """
    if gain <= 0 or broken < 0 or gain + 2 * broken > 1 or not 0 < wanted < 1:
        raise ArgumentError(f"no number of groups shows a gain of {gain} with {broken} broken")
    high = 16
    while power(high, gain, broken) < wanted:
        high *= 2
        if high > _MOST:
            raise ArgumentError(f"a gain of {gain} would need more than {_MOST} groups")
    low = high // 2
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle, gain, broken) >= wanted else (middle, high)
    return high


@lru_cache(maxsize=64)
def _needed(most: int) -> NDArray[np.int64]:
    """For 0..most changed groups, the fewest fixed ones that pass; above the number if none do."""
    from scipy.stats import binom

    changed = np.arange(most + 1)
    start = binom.isf(LEVEL, changed, 0.5).astype(np.int64) - 1
    tries = start[:, None] + np.arange(5)
    p = binom.sf(tries, changed[:, None], 0.5) + binom.pmf(tries, changed[:, None], 0.5) / 2
    return np.asarray(start + (p > LEVEL).sum(axis=1), dtype=np.int64)
