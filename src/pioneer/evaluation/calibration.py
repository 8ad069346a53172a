"""Confidences that mean what they say: temperature, threshold, and how far off they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pioneer.evaluation.intervals import wilson
from pioneer.records import Prediction, RowStat

COOLEST, HOTTEST = 0.05, 20.0
_TINY = 1e-12  # the probability that stands for zero
_SHRINK = 20  # rows at which half of a fitted log temperature is believed


def fit_temperature(predictions: Sequence[Prediction], targets: Sequence[str]) -> float:
    """The temperature that makes the right labels likeliest, on rows the model has not learned.

    Reads the whole distributions in `ranked`; rows without one, or whose target it lacks, do not
    count. Shrunk towards 1 (no change) by n/(n + 20); 1.0 where no row counts.
    """
    from scipy.optimize import minimize_scalar

    logs, right = _logs(predictions, targets)
    if not len(right):
        return 1.0
    fitted = minimize_scalar(
        lambda heat: _loss(logs, right, math.exp(heat)),
        bounds=(math.log(COOLEST), math.log(HOTTEST)),
        method="bounded",
    )
    return math.exp(float(fitted.x) * len(right) / (len(right) + _SHRINK))


def log_loss(
    predictions: Sequence[Prediction], targets: Sequence[str], temperature: float = 1.0
) -> float:
    """Mean negative log likelihood over the rows that `fit_temperature` reads; 0 without any."""
    logs, right = _logs(predictions, targets)
    return _loss(logs, right, temperature) if len(right) else 0.0


def recalibrate(
    prediction: Prediction, temperature: float, threshold: float | None = None
) -> Prediction:
    """The prediction with p^(1/T), renormalised; below the threshold its output is null.

    Without `ranked` the confidence stays as it is. An output that was null stays null.
    """
    heated = replace(prediction, ranked=_heated(prediction.ranked, temperature))
    if heated.output is not None and heated.ranked:
        known = dict(heated.ranked)
        output = heated.output if isinstance(heated.output, str) else None
        heated = replace(heated, confidence=known.get(output or "", heated.ranked[0][1]))
    if threshold is not None and heated.confidence < threshold:
        return replace(heated, output=None)
    return heated


def choose_threshold(
    predictions: Sequence[Prediction], targets: Sequence[str | None], wrong_cost: float = 1.0
) -> float:
    """The confidence below which to answer nothing; 0.0 if answering always pays.

    A right answer earns 1, a wrong one costs `wrong_cost`, silence earns 1 where the target is
    None (out of scope) and 0 elsewhere. Of equally good thresholds the lowest is chosen.
    """
    rows = sorted(
        (item.confidence, _gain_of_answer(item, target, wrong_cost))
        for item, target in zip(predictions, targets, strict=True)
        if item.output is not None
    )
    best, chosen, silenced = 0.0, 0.0, 0.0
    for at, (confidence, gain) in enumerate(rows):
        silenced -= gain
        following = rows[at + 1][0] if at + 1 < len(rows) else 1.0
        if following > confidence and silenced > best + 1e-12:
            best, chosen = silenced, (confidence + following) / 2
    return chosen


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence."""

    low: float
    high: float
    n: int
    confidence: float
    """Mean confidence of the rows."""
    accuracy: float
    """Mean score of the rows."""
    ci95: tuple[float, float]


def reliability(stats: Sequence[RowStat], bins: int = 10) -> tuple[Bin, ...]:
    """Bins of equal width that hold a row, by rising confidence; abstentions do not count."""
    edges = [edge / bins for edge in range(bins + 1)]
    members: list[list[RowStat]] = [[] for _ in range(bins)]
    for stat in stats:
        if stat.output is not None:
            members[min(bins - 1, max(0, int(stat.confidence * bins)))].append(stat)
    return tuple(_bin(edges[at], edges[at + 1], rows) for at, rows in enumerate(members) if rows)


def expected_calibration_error(stats: Sequence[RowStat], bins: int = 15) -> float:
    """Mean distance between confidence and accuracy, weighted by rows; 0 without any answer."""
    found = reliability(stats, bins)
    rows = sum(item.n for item in found)
    gaps = sum(item.n * abs(item.confidence - item.accuracy) for item in found)
    return gaps / rows if rows else 0.0


def _bin(low: float, high: float, rows: Sequence[RowStat]) -> Bin:
    right = sum(stat.score for stat in rows)
    confidence = sum(stat.confidence for stat in rows) / len(rows)
    return Bin(low, high, len(rows), confidence, right / len(rows), wilson(right, len(rows)))


def _gain_of_answer(prediction: Prediction, target: str | None, wrong_cost: float) -> float:
    """What an answer earns above silence."""
    if target is None:
        return -wrong_cost - 1.0
    return 1.0 if prediction.output == target else -wrong_cost


def _logs(
    predictions: Sequence[Prediction], targets: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Log probabilities, one row each and padded with -inf, and the column of the target."""
    rows: list[list[float]] = []
    right: list[int] = []
    for prediction, target in zip(predictions, targets, strict=True):
        labels = [label for label, _ in prediction.ranked]
        if target in labels:
            rows.append([math.log(max(p, _TINY)) for _, p in prediction.ranked])
            right.append(labels.index(target))
    logs = np.full((len(rows), max(map(len, rows), default=0)), -np.inf)
    for at, row in enumerate(rows):
        logs[at, : len(row)] = row
    return logs, np.array(right, dtype=np.intp)


def _loss(logs: NDArray[np.float64], right: NDArray[np.intp], temperature: float) -> float:
    heated = logs / temperature
    top = heated.max(axis=1)
    total = top + np.log(np.exp(heated - top[:, None]).sum(axis=1))
    return float((total - heated[np.arange(len(right)), right]).mean())


def _heated(
    ranked: tuple[tuple[str, float], ...], temperature: float
) -> tuple[tuple[str, float], ...]:
    if not ranked:
        return ()
    logs = [math.log(max(p, _TINY)) / temperature for _, p in ranked]
    top = max(logs)
    weights = [math.exp(value - top) for value in logs]
    total = sum(weights)
    return tuple(
        (label, weight / total) for (label, _), weight in zip(ranked, weights, strict=True)
    )
