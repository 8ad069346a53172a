"""What the other rows of a log, and the trusted ones, say about the label of each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pioneer.diagnosis.records import Vectors

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FOLDS = 5
_STRENGTH = 8.0
"""Of the logistic model: scikit-learn's C."""
_MOST = 6000
"""Rows that one fit learns from."""
_NEIGHBOURS, _KNOWN = 8, 3
"""Rows that speak on a label; trusted rows that say whether a text is of the domain."""
_BLOCK = 1024
_TELLING = 20
_HEATS = tuple(0.5 * 1.25**step for step in range(16))
_TRUST = 2.0
"""What a trusted neighbour counts against one from the log."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Rows that may speak for others: log rows first, then trusted ones."""

    vectors: Vectors
    labels: Ints
    groups: NDArray[np.str_]
    logged: int
    """How many of them are log rows."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    against: Floats
    """Share of the nearest rows, weighted by likeness and trust, that have another label."""
    label: Ints
    """The label that most of them have."""
    share: Floats
    """Their share."""
    familiar: Floats
    """Mean cosine of the nearest trusted rows."""


def folds(groups: Sequence[str]) -> Ints:
    """Fold of each row; rows of a group share one."""
    digests = (hashlib.sha256(f"triage {group}".encode("utf-8", "replace")) for group in groups)
    return np.array([int.from_bytes(each.digest()[:4], "big") % FOLDS for each in digests])


def out_of_fold(pool: Pool, count: int, weights: Floats) -> Floats:
    """[rows, labels]: probabilities by a model that saw no row of the same fold.

    `weights` say how far to believe each row; rows with weight 0 are not learned from.
    """
    number = folds(pool.groups.tolist())
    found = np.zeros((len(pool.labels), count))
    for fold in range(FOLDS):
        held = number == fold
        learn = np.flatnonzero(~held & (weights > 0))
        if held.any():
            found[held] = _fitted(pool, learn, weights, count, pool.vectors[held])
    return found


def tempered(shares: Floats, pool: Pool) -> Floats:
    """The probabilities as sure as they deserve: one temperature, chosen on the trusted rows, whose
    labels are right. With fewer than 20 of those they stay as they are."""
    trusted = np.arange(pool.logged, len(pool.labels))
    if len(trusted) < _TELLING:
        return shares
    logs = np.log(np.maximum(shares, 1e-12))

    def loss(heat: float) -> float:
        scaled = logs[trusted] / heat
        total = np.log(np.exp(scaled - scaled.max(1, keepdims=True)).sum(1)) + scaled.max(1)
        return float((total - scaled[np.arange(len(trusted)), pool.labels[trusted]]).mean())

    heat = min(_HEATS, key=loss)
    scaled = logs / heat
    scaled = np.exp(scaled - scaled.max(1, keepdims=True))
    return np.asarray(scaled / scaled.sum(1, keepdims=True))


def _fitted(pool: Pool, learn: Ints, weights: Floats, count: int, asked: Vectors) -> Floats:
    from sklearn.linear_model import LogisticRegression

    learn = learn[np.linspace(0, len(learn) - 1, min(len(learn), _MOST)).astype(int)]
    found = np.full((len(asked), count), 1e-6)
    labels = np.unique(pool.labels[learn]) if len(learn) else np.array([], int)
    if len(labels) < 2:
        found[:, labels] = 1.0
        return np.asarray(found / found.sum(1, keepdims=True), dtype=np.float64)
    model = LogisticRegression(C=_STRENGTH, max_iter=200, tol=1e-3)
    model.fit(pool.vectors[learn].astype(np.float64), pool.labels[learn], weights[learn])
    found[:, model.classes_] += model.predict_proba(asked.astype(np.float64))
    shares: Floats = found / found.sum(1, keepdims=True)
    return shares


def neighbours(pool: Pool, count: int, weights: Floats) -> Neighbours:
    """Of every row, the nearest rows of other groups, block by block."""
    rows = len(pool.labels)
    logged = np.arange(rows) < pool.logged
    trust = np.where(logged, 1.0, _TRUST) * weights
    votes, familiar = np.zeros((rows, count)), np.zeros(rows)
    trusted = min(_KNOWN, rows - pool.logged)
    _, codes = np.unique(pool.groups, return_inverse=True)
    for start in range(0, rows, _BLOCK):
        block = np.arange(start, min(start + _BLOCK, rows))
        likeness = pool.vectors[block] @ pool.vectors.T
        likeness[codes[block, None] == codes[None, :]] = -1.0
        likeness[:, trust == 0] = -1.0
        near = np.argpartition(-likeness, min(_NEIGHBOURS, rows - 1), axis=1)[:, :_NEIGHBOURS]
        close = np.take_along_axis(likeness, near, axis=1)
        weight = np.clip(close, 0.0, None) ** 4 * trust[near]
        for column in range(near.shape[1]):
            np.add.at(votes, (block, pool.labels[near[:, column]]), weight[:, column])
        if not logged.all():
            kin = np.partition(likeness[:, ~logged], -trusted, axis=1)[:, -trusted:]
            familiar[block] = kin.mean(axis=1)
    total = np.maximum(votes.sum(1), 1e-9)
    own = votes[np.arange(rows), pool.labels]
    return Neighbours(1 - own / total, votes.argmax(1), votes.max(1) / total, familiar)
