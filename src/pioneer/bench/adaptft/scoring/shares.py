"""A share of counted rows over the seeds of scenarios."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pioneer.bench.adaptft.scoring.estimates import OVER_ROWS, OVER_SEEDS, T95, t_point
from pioneer.evaluation.intervals import wilson
from pioneer.report.record import Interval

Part: TypeAlias = tuple[int, int]
"""Of a seed: how many of its rows, and how many rows there are."""


@dataclass(frozen=True, slots=True)
class Share:
    """None where there are no rows to take a share of."""

    value: float | None
    ci95: Interval | None
    rows: int
    """Of which it is a share."""
    kind: str | None
    """Of interval: t over seeds | rows only."""


def share(scenarios: Sequence[Sequence[Part]], needed: Sequence[int]) -> Share:
    """Of the rows of all seeds together.

    The interval is one of t over the shares of the seeds, each weighed by its rows, where every
    scenario with rows has the seeds that it needs, and they differ. Else it is Wilson's.
    """
    some = [[one for one in seeds if one[1]] for seeds in scenarios]
    part, rows = (sum(one[at] for seeds in some for one in seeds) for at in (0, 1))
    if not rows:
        return Share(None, None, 0, None)
    value = part / rows
    if all(len(seeds) >= least for seeds, least in zip(some, needed, strict=True) if seeds):
        half = _half(value, rows, [seeds for seeds in some if seeds])
        if half > 1e-12:
            return Share(value, (max(0.0, value - half), min(1.0, value + half)), rows, OVER_SEEDS)
    return Share(value, wilson(part, rows), rows, OVER_ROWS)


def _half(value: float, rows: int, scenarios: Sequence[Sequence[Part]]) -> float:
    """Scenarios are fixed: what counts is how far seeds are off others of their scenario. With as
    many rows in each seed of one scenario, this is t over the plain shares."""
    variance = 0.0
    for seeds in scenarios:
        off = [part - value * of for part, of in seeds]
        variance += len(off) * statistics.variance(off)
    fewest = min(len(seeds) for seeds in scenarios)
    return t_point(T95, fewest - 1) * math.sqrt(variance) / rows
