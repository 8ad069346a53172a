"""Whether what is asked, or what is answered, has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pioneer.diagnosis.findings import Drift
from pioneer.diagnosis.records import LogRow, Vectors
from pioneer.diagnosis.weighing import effective

_MOST = 400
"""Rows a side of the distance test."""
_ROUNDS = 199
_FEWEST = 20
_EXPECTED = 5.0
"""Rows that a label must be expected to have on either side; rarer ones are counted together."""
_TELLING = 0.05
_RARE = "the rare labels"


def answer_shift(rows: Sequence[LogRow]) -> Drift | None:
    """Answers in the first half of the log against the second (chi-squared test); None where there
    are too few."""
    order = sorted((row for row in rows if row.time is not None), key=lambda r: (r.time, r.id))
    past = np.cumsum([row.weight for row in order])
    half = int(np.searchsorted(past, past[-1] / 2, side="right")) if order else 0
    sides = [_answered(part) for part in (order[:half], order[half:])]
    moved = _moved(sides[0], sides[1], (half, len(order) - half))
    if moved is None:
        return None
    share, p = moved
    sentence = f"{share:.0%} of the answers moved to other labels between the halves, {_chance(p)}"
    what = "answers, first half against second"
    return Drift(what, share, p, (half, len(order) - half), sentence)


def label_shift(rows: Sequence[LogRow], known: Sequence[str]) -> Drift | None:
    """Answers in the log against the labels of the rows that the version learned from."""
    counted = {label: float(count) for label, count in Counter(known).items()}
    moved = _moved(_answered(rows), counted, (len(rows), len(known)))
    if moved is None:
        return None
    share, p = moved
    sentence = (
        f"{share:.0%} of the answers have other labels than the training rows had, {_chance(p)}; "
        "training rows are often balanced on purpose, so this alone is no drift"
    )
    return Drift("answers, log against training rows", share, p, (len(rows), len(known)), sentence)


def input_shift(
    logged: Vectors, known: Vectors, weights: Sequence[float] | None = None
) -> Drift | None:
    """Inputs of the log against what the version learned from: energy distance of the embeddings,
    with a permutation test (Székely and Rizzo 2013). None where there are too few."""
    if min(len(logged), len(known)) < _FEWEST:
        return None
    rng = np.random.default_rng(0)
    sides = [_drawn(logged, weights, rng), _drawn(known, None, rng)]
    both = np.vstack(sides).astype(np.float64)
    distances = np.sqrt(np.maximum(2 - 2 * both @ both.T, 0.0))
    first = len(sides[0])

    def energy(order: NDArray[np.int64]) -> float:
        one, two = order[:first], order[first:]
        cross = distances[np.ix_(one, two)].mean()
        return float(
            2 * cross - distances[np.ix_(one, one)].mean() - distances[np.ix_(two, two)].mean()
        )

    found = energy(np.arange(len(both)))
    chance = [energy(rng.permutation(len(both))) for _ in range(_ROUNDS)]
    p = (1 + sum(one >= found for one in chance)) / (1 + _ROUNDS)
    sentence = f"energy distance {found:.3f} between log and training rows, {_chance(p)}"
    return Drift("inputs, log against training rows", found, p, (first, len(sides[1])), sentence)


def _chance(p: float) -> str:
    shown = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    return f"{shown}: {'beyond chance' if p <= _TELLING else 'no more than chance would give'}"


def _answered(rows: Sequence[LogRow]) -> dict[str, float]:
    """Answers by label, in as many rows as the weighted ones are worth."""
    counts: dict[str, float] = {}
    for row in rows:
        counts[str(row.answered)] = counts.get(str(row.answered), 0.0) + row.weight
    scale = effective([row.weight for row in rows]) / max(sum(counts.values()), 1e-9)
    return {label: count * scale for label, count in counts.items()}


def _moved(
    one: Mapping[str, float], other: Mapping[str, float], rows: tuple[int, int]
) -> tuple[float, float] | None:
    """Total variation distance of two counts of labels, and p of the chi-squared test."""
    from scipy.stats import chi2_contingency

    if min(rows) < _FEWEST:
        return None
    totals = sum(one.values()), sum(other.values())
    table: dict[str, list[float]] = {}
    for label in sorted({*one, *other}):
        pair = one.get(label, 0.0), other.get(label, 0.0)
        usual = min(totals) / sum(totals) * sum(pair)
        cell = table.setdefault(label if usual >= _EXPECTED else _RARE, [0.0, 0.0])
        cell[0] += pair[0]
        cell[1] += pair[1]
    if len(table) < 2:
        return None
    cells = np.array(list(table.values())).T
    shares = cells / cells.sum(1, keepdims=True)
    p = float(chi2_contingency(cells, correction=False).pvalue)
    return float(0.5 * np.abs(shares[0] - shares[1]).sum()), p


def _drawn(side: Vectors, weights: Sequence[float] | None, rng: np.random.Generator) -> Vectors:
    """At most so many rows, each as likely as its weight."""
    if len(side) <= _MOST and weights is None:
        return side
    chances = None if weights is None else np.asarray(weights) / np.sum(weights)
    count = min(_MOST, len(side) if weights is None else max(_FEWEST, int(effective(weights))))
    return side[np.sort(rng.choice(len(side), count, replace=False, p=chances))]
