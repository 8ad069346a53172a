"""Weights of the poison model, and where to keep and drop."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pioneer.diagnosis.labels import Floats
from pioneer.diagnosis.signals import NAMES
from pioneer.diagnosis.triage import PoisonModel
from triagebench.measure import Read

Flags = NDArray[np.bool_]

_KEPT = 0.97
"""Share of clean and fixable rows, over all logs, that must stay below the first threshold; the
bar is 95 % on logs that were not fitted on."""
_DROPPED = 0.9
"""Probability above which nobody is asked."""
_OURS = ("injection", "jailbreak", "premise")
"""Detectors whose phrases were written by those who wrote the generator's."""
_BLIND = 0.5
"""Share of the fit in which these see nothing, as they do with phrases that nobody thought of."""
_LONE = ("injection", "jailbreak", "premise", "empty", "gibberish", "foreign")
_MASS, _MEANT = 10.0, 0.9
"""Of a row that speaks for each of these: if it alone is certain, nine in ten rows are poison. So
a detector means what it says also where the logs had no such poison."""


def fitted(reads: Sequence[Read], without: str | None = None) -> PoisonModel:
    """Logistic regression over the signals of all logs, each of equal weight. Detectors that speak
    against poison by accident get no weight."""
    from sklearn.linear_model import LogisticRegression

    tables, truths, weights = [], [], []
    for one in reads:
        poison = np.array([truth.poison for truth in one.log.truths])
        used = np.array([truth.kind != without for truth in one.log.truths])
        tables.append(one.found.table[used])
        truths.append(poison[used])
        weights.append(np.full(int(used.sum()), 1.0 / used.sum()))
    table, poison, weight = np.vstack(tables), np.concatenate(truths), np.concatenate(weights)
    weight = weight * len(weight) / weight.sum()
    rows, said, mass = _told(table, poison, weight)
    used = np.ones(len(NAMES), bool)
    while True:
        model = LogisticRegression(C=10.0, max_iter=5000).fit(rows[:, used], said, mass)
        if (model.coef_[0] >= 0).all():
            break
        used[np.flatnonzero(used)[int(model.coef_[0].argmin())]] = False
    values = np.zeros(len(NAMES))
    values[used] = model.coef_[0]
    named = {name: round(float(value), 4) for name, value in zip(NAMES, values, strict=True)}
    prior = round(float(np.average(poison, weights=weight)), 4)
    draft = PoisonModel(round(float(model.intercept_[0]), 4), named, prior, 0.5, 0.9)
    harmless = [
        draft.probabilities(each)[~truth] for each, truth in zip(tables, truths, strict=True)
    ]
    keep = round(float(np.quantile(np.concatenate(harmless), _KEPT)), 4)
    return PoisonModel(draft.bias, named, prior, keep, max(_DROPPED, keep))


def _told(table: Floats, poison: Flags, weight: Floats) -> tuple[Floats, Flags, Floats]:
    """The rows, half of them blinded, and what is believed beforehand."""
    blind = table.copy()
    blind[:, [NAMES.index(name) for name in _OURS]] = 0.0
    lone = np.eye(len(NAMES))[[NAMES.index(name) for name in _LONE]]
    yes, no = np.ones(len(lone), bool), np.zeros(len(lone), bool)
    mass = [
        weight * (1 - _BLIND),
        weight * _BLIND,
        yes * _MASS * _MEANT,
        yes * _MASS * (1 - _MEANT),
    ]
    return (
        np.vstack([table, blind, lone, lone]),
        np.concatenate([poison, poison, yes, no]),
        np.concatenate(mass),
    )


def write_model(file: Path, model: PoisonModel, command: str) -> None:
    document = {
        "bias": model.bias,
        "weights": dict(model.weights),
        "prior": model.prior,
        "keep": model.keep,
        "drop": model.drop,
        "made by": command.strip(),
    }
    file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
