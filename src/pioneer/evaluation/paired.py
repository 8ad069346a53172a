"""Two models on the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pioneer.errors import DataError
from pioneer.evaluation.measure import MEAN, Measure, by_group, is_mean
from pioneer.records import RowStat

_BLOCKS = 40
_PERMUTATIONS = 1000
_FEWEST_PERMUTATIONS = 200
_ROWS_AT_MOST = 2_000_000  # rows aggregated over all permutations of one test


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ours against theirs. `gained` and `lost` count groups, one vote each."""

    n: int
    """Groups compared."""
    gained: int
    """b: theirs wrong, ours right (of several rows in a group: more right than before)."""
    lost: int
    """c: theirs right, ours wrong."""
    difference: float
    """Measure of ours minus measure of theirs."""
    standard_error: float
    """Paired, over groups."""
    mid_p: float
    """One-sided: how easily chance alone would gain so much; small means ours is better."""
    mcnemar: float
    """Two-sided exact McNemar test."""


def compare(
    ours: Sequence[RowStat],
    theirs: Sequence[RowStat],
    measure: Measure = MEAN,
    passed: Callable[[RowStat], bool] | None = None,
) -> Comparison:
    """Compare on the same row ids, in any order; `passed` is by default a score of 1.

    Raises DataError if the ids differ (see `shared`) or there are none.
    """
    ours, theirs = _aligned(ours, theirs)
    right = passed or _full_marks
    groups = list(by_group(ours).values())
    changes = [
        sum(int(right(ours[row])) - int(right(theirs[row])) for row in rows) for rows in groups
    ]
    gained = sum(change > 0 for change in changes)
    lost = sum(change < 0 for change in changes)
    return Comparison(
        n=len(groups),
        gained=gained,
        lost=lost,
        difference=measure(ours) - measure(theirs),
        standard_error=_standard_error(ours, theirs, groups, measure),
        mid_p=mid_p(gained, lost),
        mcnemar=mcnemar(gained, lost),
    )


def mid_p(gained: int, lost: int) -> float:
    """P(X > b) + P(X = b)/2 for X ~ Bin(b + c, 1/2); 0.5 where nothing changed."""
    from scipy.stats import binom

    changed = gained + lost
    return float(binom.sf(gained, changed, 0.5) + binom.pmf(gained, changed, 0.5) / 2)


def mcnemar(gained: int, lost: int) -> float:
    """Two-sided exact p-value of McNemar's test."""
    from scipy.stats import binom

    return min(1.0, 2 * float(binom.cdf(min(gained, lost), gained + lost, 0.5)))


def permutation_p(
    ours: Sequence[RowStat], theirs: Sequence[RowStat], measure: Measure, seed: int = 0
) -> float:
    """One-sided p-value that ours measures higher, by swapping whole groups at random.

    For measures that are not shares of right rows. Ties count half, so swapping the models gives
    1 - p. Raises DataError if the row ids differ.
    """
    ours, theirs = _aligned(ours, theirs)
    groups = list(by_group(ours).values())
    rng = np.random.default_rng(seed)
    if is_mean(measure, ours) and is_mean(measure, theirs):
        deltas = _group_deltas(ours, theirs, groups)
        signs = rng.integers(0, 2, size=(_PERMUTATIONS, len(groups))) * 2 - 1
        return _share_above(signs @ deltas, float(deltas.sum()))
    observed = measure(ours) - measure(theirs)
    count = max(_FEWEST_PERMUTATIONS, min(_PERMUTATIONS, _ROWS_AT_MOST // len(ours)))
    swapped = []
    for _ in range(count):
        left, right = list(ours), list(theirs)
        for rows, swap in zip(groups, rng.integers(0, 2, size=len(groups)), strict=True):
            if swap:
                for row in rows:
                    left[row], right[row] = right[row], left[row]
        swapped.append(measure(left) - measure(right))
    return _share_above(np.array(swapped), observed)


def shared(
    ours: Sequence[RowStat], theirs: Sequence[RowStat]
) -> tuple[list[RowStat], list[RowStat]]:
    """Both models' rows that the other one has too, in the order of `ours`."""
    known = {stat.id: stat for stat in theirs}
    mine = [stat for stat in ours if stat.id in known]
    return mine, [known[stat.id] for stat in mine]


def _aligned(
    ours: Sequence[RowStat], theirs: Sequence[RowStat]
) -> tuple[Sequence[RowStat], Sequence[RowStat]]:
    left, right = shared(ours, theirs)
    if not left or len(left) != len(ours) or len(right) != len(theirs):
        raise DataError(
            f"two models are compared on the same rows, but of {len(ours)} and {len(theirs)} rows "
            f"{len(left)} are shared"
        )
    return left, right


def _full_marks(stat: RowStat) -> bool:
    return stat.score >= 1.0


def _group_deltas(
    ours: Sequence[RowStat], theirs: Sequence[RowStat], groups: list[list[int]]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(
        [sum(ours[row].score - theirs[row].score for row in rows) for rows in groups], dtype=float
    )


def _standard_error(
    ours: Sequence[RowStat],
    theirs: Sequence[RowStat],
    groups: list[list[int]],
    measure: Measure,
) -> float:
    """Standard error of the difference over groups; 0 for a single group.

    Exact for means; else a jackknife that leaves out blocks of groups, the same for both models.
    """
    count = len(groups)
    if count < 2:
        return 0.0
    if is_mean(measure, ours) and is_mean(measure, theirs):
        deltas = _group_deltas(ours, theirs, groups)
        sizes = np.array([len(rows) for rows in groups], dtype=float)
        rest = deltas - sizes * (deltas.sum() / sizes.sum())
        return float(math.sqrt(count / (count - 1) * (rest**2).sum()) / sizes.sum())
    blocks = min(_BLOCKS, count)
    left_out = []
    for block in range(blocks):
        kept = [row for at, rows in enumerate(groups) if at % blocks != block for row in rows]
        left_out.append(measure([ours[r] for r in kept]) - measure([theirs[r] for r in kept]))
    return float(math.sqrt((blocks - 1) ** 2 / blocks * np.var(left_out, ddof=1)))


def _share_above(drawn: np.ndarray[tuple[int], np.dtype[np.float64]], observed: float) -> float:
    equal = np.isclose(drawn, observed, rtol=0.0, atol=1e-12)
    above = int(((drawn > observed) & ~equal).sum())
    return (above + (int(equal.sum()) + 1) / 2) / (len(drawn) + 1)
