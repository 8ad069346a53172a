"""A measured value with its 95 % interval, whole and by slice."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pioneer.errors import DataError
from pioneer.evaluation.measure import Aggregate, Measure, by_group, is_binary, is_mean
from pioneer.records import RowStat, Score, SliceScore

_Z = 1.959963984540054  # 97.5 % point of the normal distribution
_MEAN_RESAMPLES = 1000
_RESAMPLES = 200
_FEWEST_RESAMPLES = 50
_ROWS_AT_MOST = 1_000_000  # rows aggregated over all resamples of one interval
_CELLS_AT_ONCE = 2_000_000


def score(
    stats: Sequence[RowStat],
    metric: str,
    aggregate: Aggregate,
    slices: Mapping[str, Collection[str]] | None = None,
    *,
    seed: int = 0,
) -> Score:
    """The metric over the rows, with intervals; `slices` names sets of row ids.

    A slice without a row among `stats` is left out. Raises DataError if there are no rows.
    """
    if not stats:
        raise DataError("there is no row to score")
    measure = Measure(metric, aggregate)
    parts: dict[str, SliceScore] = {}
    for name, ids in (slices or {}).items():
        members = frozenset(ids)
        rows = [stat for stat in stats if stat.id in members]
        if rows:
            parts[name] = SliceScore(measure(rows), interval(rows, measure, seed), len(rows))
    return Score(metric, measure(stats), interval(stats, measure, seed), len(stats), parts)


def interval(stats: Sequence[RowStat], measure: Measure, seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of a measure; it always holds the measured value.

    Wilson for shares of rows that stand alone, else a bootstrap over groups. Where no resample
    differs (every row right, say) the bootstrap knows nothing: Wilson over the groups instead.
    """
    value = measure(stats)
    groups = by_group(stats)
    mean = is_mean(measure, stats)
    if mean and is_binary(stats) and len(groups) == len(stats):
        return wilson(value * len(stats), len(stats))
    rng = np.random.default_rng(seed)
    if mean:
        low, high = _mean_bootstrap(stats, list(groups.values()), rng)
    else:
        half = _Z * _deviation(stats, list(groups.values()), measure, rng)
        low, high = value - half, value + half
    if high - low < 1e-12:
        return wilson(value * len(groups), len(groups))
    return max(0.0, min(low, value)), min(1.0, max(high, value))


def wilson(right: float, n: float) -> tuple[float, float]:
    """The 95 % Wilson interval of a share; both numbers may be fractional."""
    share = min(1.0, max(0.0, right / n))
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    spread = share * (1 - share) / n + _Z**2 / (4 * n**2)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(spread)
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def _mean_bootstrap(
    stats: Sequence[RowStat], groups: list[list[int]], rng: np.random.Generator
) -> tuple[float, float]:
    sums = np.array([sum(stats[row].score for row in rows) for rows in groups])
    sizes = np.array([len(rows) for rows in groups], dtype=float)
    means: list[NDArray[np.float64]] = []
    step = max(1, _CELLS_AT_ONCE // len(groups))
    for start in range(0, _MEAN_RESAMPLES, step):
        shape = (min(step, _MEAN_RESAMPLES - start), len(groups))
        drawn = rng.integers(0, len(groups), size=shape)
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    low, high = np.quantile(np.concatenate(means), [0.025, 0.975])
    return float(low), float(high)


def _deviation(
    stats: Sequence[RowStat],
    groups: list[list[int]],
    measure: Measure,
    rng: np.random.Generator,
) -> float:
    """Standard deviation of the measure over resampled groups.

    Percentiles would be biased: a resample lacks rare labels.
    """
    if len(groups) < 2:
        return 0.0
    count = max(_FEWEST_RESAMPLES, min(_RESAMPLES, _ROWS_AT_MOST // len(stats)))
    values = []
    for _ in range(count):
        drawn = rng.integers(0, len(groups), size=len(groups))
        values.append(measure([stats[row] for group in drawn for row in groups[group]]))
    return float(np.std(values, ddof=1))
