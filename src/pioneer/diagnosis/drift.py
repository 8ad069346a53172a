"""Whether what is asked, or what is answered, has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pioneer.diagnosis.findings import Drift
from pioneer.diagnosis.records import LogRow, Vectors

_MOST = 400
"""Rows a side of the distance test."""
_ROUNDS = 199
_FEWEST = 20


def answer_shift(rows: Sequence[LogRow]) -> Drift | None:
    """Predicted labels in the first half of the log against the second (chi-squared test); None
    where there are too few."""
    from scipy.stats import chi2_contingency

    order = sorted((row for row in rows if row.time is not None), key=lambda r: (r.time, r.id))
    half = len(order) // 2
    parts = [Counter(str(row.answered) for row in part) for part in (order[:half], order[half:])]
    names = sorted({*parts[0], *parts[1]})
    if half < _FEWEST or len(names) < 2:
        return None
    table = [[part[name] for name in names] for part in parts]
    found = chi2_contingency(table)
    shares = [[count / sum(line) for count in line] for line in table]
    moved = 0.5 * sum(abs(one - other) for one, other in zip(*shares, strict=True))
    p = float(found.pvalue)
    sentence = f"{moved:.0%} of the answers moved to other labels between the halves, p {p:.3f}"
    return Drift("answers, first half against second", moved, p, sentence)


def input_shift(logged: Vectors, known: Vectors) -> Drift | None:
    """Inputs of the log against what the version learned from: energy distance of the embeddings,
    with a permutation test (Székely and Rizzo 2013). None where there are too few."""
    if min(len(logged), len(known)) < _FEWEST:
        return None
    rng = np.random.default_rng(0)
    sides = [_drawn(side, rng) for side in (logged, known)]
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
    sentence = f"energy distance {found:.3f} between log and training rows, p {p:.3f}"
    return Drift("inputs, log against training rows", found, p, sentence)


def _drawn(side: Vectors, rng: np.random.Generator) -> Vectors:
    if len(side) <= _MOST:
        return side
    return side[np.sort(rng.choice(len(side), _MOST, replace=False))]
