"""What a metric is, seen from below the families: a function of many RowStats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pioneer.records import RowStat

Aggregate: TypeAlias = Callable[[Sequence[RowStat], str], float]
"""(stats, metric) -> value in 0..1; `Family.aggregate` is one."""

_PARTS = 3


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric together with the function that computes it."""

    metric: str
    aggregate: Aggregate

    def __call__(self, stats: Sequence[RowStat]) -> float:
        return float(self.aggregate(stats, self.metric))


def mean_score(stats: Sequence[RowStat], _metric: str = "accuracy") -> float:
    """The aggregate of metrics that are a plain mean of the rows' scores."""
    return sum(stat.score for stat in stats) / len(stats)


MEAN = Measure("accuracy", mean_score)


def is_mean(measure: Measure, stats: Sequence[RowStat]) -> bool:
    """Whether the measure is the mean of the rows' scores, as far as these rows can tell.

    Asked of the whole and of interleaved parts, because a single agreement can be chance.
    """
    parts = [stats, *(stats[start::_PARTS] for start in range(_PARTS))]
    return all(abs(measure(part) - mean_score(part)) < 1e-9 for part in parts if part)


def is_binary(stats: Sequence[RowStat]) -> bool:
    """Whether every row is either right or wrong."""
    return all(stat.score in (0.0, 1.0) for stat in stats)


def by_group(stats: Sequence[RowStat]) -> Mapping[str, list[int]]:
    """Positions of the rows of each group, in order of first sight; no group: one of its own."""
    found: dict[str, list[int]] = defaultdict(list)
    for position, stat in enumerate(stats):
        found[f"group {stat.group}" if stat.group else f"row {stat.id}"].append(position)
    return found
