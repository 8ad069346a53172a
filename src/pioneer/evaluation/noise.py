"""How much of a difference is chance."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence


def seed_deviation(repeats: Iterable[Sequence[float]]) -> float:
    """Standard deviation of scores over seeds, pooled over recipes; each item holds one recipe's.

    0 where no recipe has two scores. Three seeds give two degrees of freedom: good enough to
    steer a search, not to decide a promotion.
    """
    runs = [scores for scores in repeats if len(scores) > 1]
    freedom = sum(len(scores) - 1 for scores in runs)
    if not freedom:
        return 0.0
    return math.sqrt(sum(statistics.variance(s) * (len(s) - 1) for s in runs) / freedom)


def noise_floor(paired_error: float, seed_sd: float = 0.0) -> float:
    """sqrt(paired standard error^2 + seed deviation^2): a smaller gain is no gain."""
    return math.hypot(paired_error, seed_sd)
