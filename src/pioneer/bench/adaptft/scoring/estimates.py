"""What a figure comes to over the seeds of a scenario, and how sure that is.

Two kinds of interval. Over seeds, where there are enough of them: a t-interval. Else over rows
only: the seeds stay as they are, and source rows are drawn anew.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from pioneer.evaluation.intervals import wilson
from pioneer.evaluation.measure import Measure, by_group
from pioneer.records import RowStat, content_hash
from pioneer.report.record import Interval

T95, T90_LOW = 0.975, 0.95
"""Points of t that a 95 % interval reaches to, and the lower end of a 90 % one."""
OVER_SEEDS, OVER_ROWS = "t over seeds", "rows only"
OVER_BOTH, FEW_SEEDS = "seeds and rows", "few seeds"
"""Of a two-level bootstrap; the latter where some scenario has fewer than it takes."""
DRAWS = 2000
FEWER_DRAWS = 200
"""For metrics that are not a mean of the rows' scores, and must be computed anew each time."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of one seed, and what it comes to each time that source rows are drawn anew.

    The same draw draws the same rows for all figures, so that differences are paired.
    """

    value: float
    drawn: Floats

    def __add__(self, other: Measured) -> Measured:
        return Measured(self.value + other.value, self.drawn + other.drawn)

    def __sub__(self, other: Measured) -> Measured:
        return Measured(self.value - other.value, self.drawn - other.drawn)

    def times(self, factor: float) -> Measured:
        return Measured(self.value * factor, self.drawn * factor)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean over seeds."""

    value: float
    ci95: Interval
    kind: str
    """Of interval: t over seeds | rows only | seeds and rows | few seeds."""
    seeds: int


def estimate(found: Sequence[Measured], needed: int) -> Estimate:
    """The mean over seeds; over rows only where there are fewer than `needed` of them."""
    value = _mean(found)
    if len(found) >= needed:
        return Estimate(value, _t_interval([one.value for one in found]), OVER_SEEDS, len(found))
    drawn = np.mean([one.drawn for one in found], axis=0)
    return Estimate(value, around(value, drawn), OVER_ROWS, len(found))


def score_estimate(found: Sequence[Measured], needed: int, clusters: int) -> Estimate:
    """As `estimate`, for a metric: within 0 and 1, and not certain where no draw differs (every
    row right, say)."""
    plain = estimate(found, needed)
    low, high = plain.ci95
    if plain.kind == OVER_ROWS and high - low < 1e-12:
        low, high = wilson(plain.value * clusters, clusters)
    return replace(plain, ci95=(max(0.0, low), min(1.0, high)))


def around(value: float, drawn: Floats) -> Interval:
    """The middle 95 % of the draws; it holds the value."""
    low, high = np.quantile(drawn, (0.025, 0.975))
    return min(value, float(low)), max(value, float(high))


def measured(
    stats: Sequence[RowStat], measure: Measure, weights: Floats, *, is_mean: bool
) -> Measured:
    """The measure of the rows, and of each draw of their sources. `weights`: see `draws`."""
    value = measure(stats)
    clusters = list(by_group(stats).values())
    if is_mean:
        sums = np.array([sum(stats[row].score for row in rows) for rows in clusters])
        sizes = np.array([len(rows) for rows in clusters], dtype=float)
        total = weights @ sizes
        means = np.divide(weights @ sums, total, out=np.full(len(total), value), where=total > 0)
        return Measured(value, means)
    return Measured(value, _one_by_one(stats, measure, clusters, weights, value))


def draws(sources: Mapping[str, Sequence[int]], count: int) -> Floats:
    """How often each source is drawn: a row for a draw, a column for a source, in their order.

    Each source draws from a stream of its own (a Poisson bootstrap), so that one that is asked in
    several seeds is drawn alike in all of them: seeds that share a test are not independent.
    """
    streams = (np.random.default_rng(int(content_hash(one)[:16], 16)) for one in sources)
    return np.stack([stream.poisson(1.0, count) for stream in streams], axis=1).astype(float)


@dataclass(frozen=True, slots=True)
class Picks:
    """Which seeds a two-level bootstrap picks, and which draw of rows: one for all picked seeds,
    since those that share a test share its rows. Sources that they do not share are drawn
    independently all the same; see `draws`."""

    seeds: NDArray[np.int64]
    rows: NDArray[np.int64]

    def __call__(self, found: Sequence[Measured]) -> Floats:
        """The sum over the picked seeds, for each draw."""
        drawn = np.stack([one.drawn for one in found])
        total: Floats = drawn[self.seeds, self.rows].sum(axis=1)
        return total


def picks(found: Sequence[Measured], chance: np.random.Generator) -> Picks:
    return Picks(
        chance.integers(0, len(found), (DRAWS, len(found))),
        chance.integers(0, len(found[0].drawn), (DRAWS, 1)),
    )


def widening(seeds: int, point: float = T95) -> float:
    """By how much a bootstrap over so many seeds is too narrow: it takes their spread as known, and
    divides it by their number rather than by one less. 1 for a single seed, which has no spread."""
    if seeds < 2:
        return 1.0
    return math.sqrt(seeds / (seeds - 1)) * t_point(point, seeds - 1) / NormalDist().inv_cdf(point)


def pooled(scenarios: Sequence[Sequence[Measured]], needed: Sequence[int]) -> Estimate:
    """The mean over scenarios of the mean over their seeds. Scenarios are fixed; seeds and, within
    them, rows are drawn anew; deviations are widened for how few the seeds are."""
    chance = np.random.default_rng(0)
    drawn = np.mean([_widened(some, chance) for some in scenarios], axis=0)
    value = statistics.fmean(_mean(some) for some in scenarios)
    seeds = [len(some) for some in scenarios]
    return Estimate(value, around(value, drawn), two_level_kind(seeds, needed), sum(seeds))


def two_level_kind(seeds: Sequence[int], needed: Sequence[int]) -> str:
    """By how many seeds each scenario has, and would take for an interval over seeds alone."""
    if max(seeds) == 1:
        return OVER_ROWS
    enough = all(count >= least for count, least in zip(seeds, needed, strict=True))
    return OVER_BOTH if enough else FEW_SEEDS


def t_point(share: float, freedom: int) -> float:
    """Which this share of a t-distribution stays below."""
    from scipy.stats import t

    return float(t.ppf(share, freedom))


def _t_interval(values: Sequence[float]) -> Interval:
    value = statistics.fmean(values)
    error = statistics.stdev(values) / math.sqrt(len(values))
    half = t_point(T95, len(values) - 1) * error
    return value - half, value + half


def _mean(found: Sequence[Measured]) -> float:
    return statistics.fmean(one.value for one in found)


def _widened(found: Sequence[Measured], chance: np.random.Generator) -> Floats:
    """Draws of the mean over the seeds of a scenario."""
    value, drawn = _mean(found), picks(found, chance)(found) / len(found)
    wide: Floats = value + widening(len(found)) * (drawn - value)
    return wide


def _one_by_one(
    stats: Sequence[RowStat],
    measure: Measure,
    clusters: Sequence[Sequence[int]],
    weights: Floats,
    value: float,
) -> Floats:
    """Centred on the value, since draws that lack rare labels are off it."""
    found = []
    for row in weights.astype(int):
        often = zip(clusters, row, strict=True)
        some = [stats[at] for rows, times in often for _ in range(times) for at in rows]
        found.append(measure(some) if some else value)
    drawn = np.array(found)
    centred: Floats = value + drawn - drawn.mean()
    return centred
