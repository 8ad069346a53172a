"""From values to pixels, and round numbers for axes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_TIME_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)


@dataclass(frozen=True, slots=True)
class Scale:
    """Linear map of the domain [low, high] to [start, end]; what lies outside is held at the rim.

    `end` may lie before `start` (y axes grow upwards). A domain without extent maps to the middle.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if not self.high > self.low:
            return (self.start + self.end) / 2
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round values within [low, high], evenly spaced by 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= rough * 0.999)
    return _multiples(low, high, step)


def time_ticks(high: float, about: int = 5) -> list[float]:
    """Seconds from 0 to `high` that read well as durations."""
    if not high > 0:
        return [0.0]
    rough = high / about
    step = next((step for step in _TIME_STEPS if step >= rough), math.ceil(rough / 7200) * 7200)
    return _multiples(0.0, high, float(step))


def around(values: Iterable[float], pad: float = 0.08) -> tuple[float, float]:
    """A domain within [0, 1] that holds the values with some air, at least 2 points wide."""
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    air = max(pad * (high - low), 0.01)
    return max(0.0, low - air), min(1.0, high + air)


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [min(max(round(i * step, 12), low), high) for i in range(first, last + 1)]
