"""The arithmetic of the report: exact paired tests, intervals, Holm's correction, ranks.

A set's test rows are the same for each seed, so one row gives one outcome per seed. These are
not independent: the row is the cluster, here as in every interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Matrix = np.ndarray[Any, np.dtype[np.float64]]  # seeds x test rows, 1 where the answer is right
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    value: float
    low: float
    high: float


def interval(rights: Matrix, seed: int = 0) -> Interval:
    """The mean over seeds and rows with its 95 % bootstrap interval over test rows."""
    rows = rights.mean(axis=0)
    values, counts = np.unique(rows, return_counts=True)
    draws = np.random.default_rng(seed).multinomial(len(rows), counts / len(rows), RESAMPLES)
    low, high = np.quantile(draws @ values / len(rows), [0.025, 0.975])
    return Interval(float(rows.mean()), float(low), float(high))


def sign_flip_p(differences: Sequence[int]) -> float:
    """The exact two-sided p of a sum of integers, were each one's sign a fair coin.

    With one seed this is McNemar's exact test; with more it is the same test with each test row
    as one cluster.
    """
    sizes = np.abs(np.asarray(differences, dtype=np.int64))
    reach = int(sizes.sum())
    chances = np.ones(1)
    for size, count in zip(*np.unique(sizes[sizes > 0], return_counts=True), strict=True):
        chances = np.convolve(chances, _coin(int(count), int(size)))
    sums = np.arange(-reach, reach + 1)
    observed = abs(int(np.sum(differences)))
    return min(1.0, float(chances[np.abs(sums) >= observed].sum()))


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down adjustment of p values, never decreasing along their order."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    for index, (name, value) in enumerate(sorted(values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, (len(values) - index) * value))
        adjusted[name] = highest
    return adjusted


def ranks(scores: Mapping[str, float | None]) -> dict[str, float]:
    """1 for the best; equals share the mean of their places; no score comes last."""
    keys = {name: float("-inf") if score is None else score for name, score in scores.items()}
    return {
        name: 1.0
        + sum(other > mine for other in keys.values())
        + (sum(other == mine for other in keys.values()) - 1) / 2
        for name, mine in keys.items()
    }


def macro_f1(gold: Sequence[int], answers: Sequence[int]) -> float:
    """The mean F1 over the labels of the test; a label that is never answered rightly has 0."""
    truth, given = np.asarray(gold), np.asarray(answers)
    scores = []
    for label in np.unique(truth):
        right = int(np.sum((truth == label) & (given == label)))
        scores.append(2 * right / int(np.sum(truth == label) + np.sum(given == label)))
    return float(np.mean(scores))


def _coin(count: int, size: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The chances of the sum of `count` fair signs times `size`, from the lowest sum up."""
    steps = np.arange(1, count + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log((count - steps + 1) / steps))])
    chances = np.zeros(2 * count * size + 1)
    chances[:: 2 * size] = np.exp(logs - count * np.log(2.0))
    return chances
