"""Every detector's word on every row of a log, as one table."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pioneer import corpus
from pioneer.diagnosis.labels import (
    Floats,
    Ints,
    Neighbours,
    Pool,
    neighbours,
    out_of_fold,
    tempered,
)
from pioneer.diagnosis.records import LogRow, Vectors
from pioneer.diagnosis.texts import patterns, spelling
from pioneer.records import Example
from pioneer.text.normal import normalise

NAMES = (
    "disagreement",
    "neighbours",
    "served_against",
    "unsure",
    "foreign",
    "gibberish",
    "empty",
    "injection",
    "jailbreak",
    "premise",
    "twin",
    "long",
)
"""The detectors, in the order of the table's columns."""

_PASSES = 2
_DOUBT = 0.6
"""Disagreement above which a row is not learned from in the second pass."""


@dataclass(frozen=True, slots=True)
class Signals:
    table: Floats
    """[rows, detectors], each from 0 (nothing) to 1 (certain)."""
    rival: Ints
    """The likeliest label, as a number, by the out-of-fold model."""
    sure: Floats
    """Its probability."""
    near: Neighbours


def signals(
    labels: Sequence[str],
    rows: Sequence[LogRow],
    trusted: Sequence[Example],
    vectors: Vectors,
    known: Vectors,
) -> Signals:
    """`vectors` are those of the rows, `known` those of the trusted rows. All rows carry a label
    among `labels`."""
    number = {label: at for at, label in enumerate(labels)}
    right = np.array([number[str(row.right)] for row in rows])
    own = [number[str(row.target)] for row in trusted]
    groups = [row.group for row in rows] + [f"trusted {row.id}" for row in trusted]
    pool = Pool(
        np.vstack([vectors, known]) if len(known) else vectors,
        np.concatenate([right, np.array(own, dtype=np.int64)]),
        np.array(groups),
        len(rows),
    )
    weights = _votes(rows, len(trusted))
    shares = tempered(out_of_fold(pool, len(labels), weights), pool)
    for _ in range(_PASSES - 1):
        doubted = _disagreement(shares, pool.labels) > _DOUBT
        doubted[len(rows) :] = False
        shares = tempered(out_of_fold(pool, len(labels), weights * ~doubted), pool)
    near = neighbours(pool, len(labels), weights)
    logged = slice(0, len(rows))
    belief = _reliability(shares, pool)
    columns = {
        "disagreement": belief * _disagreement(shares, pool.labels)[logged],
        "neighbours": belief * _beyond_trusted(near.against, len(rows)),
        "served_against": belief * np.array([_served(row) for row in rows]),
        "unsure": _beyond_trusted(1 - shares.max(1), len(rows)),
        "foreign": _above(-near.familiar[logged], 0.08),
        "gibberish": _above(_surprises(rows, trusted), 0.4),
        "twin": _twins(rows),
        "long": _above(np.log1p([len(row.input) for row in rows]), 0.3),
    }
    alone = [patterns(row.input) for row in rows]
    for name in ("empty", "injection", "jailbreak", "premise"):
        columns[name] = np.array([one[name] for one in alone])
    table = np.stack([columns[name] for name in NAMES], axis=1)
    return Signals(table, shares.argmax(1)[logged], shares.max(1)[logged], near)


def _votes(rows: Sequence[LogRow], trusted: int) -> Floats:
    """A text that was logged many times has one vote in all."""
    counts = Counter(normalise(row.input) for row in rows)
    own = [1.0 / counts[normalise(row.input)] for row in rows]
    return np.array([*own, *[1.0] * trusted])


def _disagreement(shares: Floats, right: Ints) -> Floats:
    """How far the best other label is ahead of the row's own, 0 where it is not."""
    rows = np.arange(len(right))
    own = shares[rows, right]
    others = shares.copy()
    others[rows, right] = 0.0
    return np.asarray(np.clip(others.max(1) - own, 0.0, 1.0))


def _reliability(shares: Floats, pool: Pool) -> float:
    """How far an opinion on labels is to be heeded: the out-of-fold model's accuracy on the trusted
    rows, or, where these are few, on the log."""
    judges = slice(pool.logged, None) if len(pool.labels) - pool.logged >= 20 else slice(None)
    return float((shares.argmax(1)[judges] == pool.labels[judges]).mean())


def _beyond_trusted(values: Floats, logged: int) -> Floats:
    """How far a log row's value is above that of the trusted rows, whose labels are right."""
    usual = float(values[logged:].mean()) if len(values) > logged else 0.0
    return np.asarray(np.clip((values[:logged] - usual) / max(1 - usual, 0.05), 0.0, 1.0))


def _served(row: LogRow) -> float:
    """How surely the served version gives another answer than the log says is right."""
    against = row.answered != row.right
    return float(row.confidence or 0.5) if against and row.answered is not None else 0.0


def _above(values: NDArray[np.floating] | Sequence[float], least: float) -> Floats:
    """How far above the usual, in robust deviations, squeezed into 0..1; 0.5 is at 4. Deviations
    smaller than `least` count as that."""
    found = np.asarray(values, dtype=float)
    middle = np.median(found)
    spread = max(1.4826 * float(np.median(np.abs(found - middle))), least)
    z = np.clip((found - middle) / spread, 0.0, 40.0)
    return np.asarray(z**2 / (z**2 + 16.0))


def _surprises(rows: Sequence[LogRow], trusted: Sequence[Example]) -> Floats:
    inputs = [row.input for row in rows] + [row.input for row in trusted]
    model = spelling([*_plain_english(), *inputs])
    return np.array([model.surprise(row.input) for row in rows])


@cache
def _plain_english() -> tuple[str, ...]:
    """The bundled corpus: what words look like where the log has few."""
    file = corpus.path() / "helpdesk" / "all.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line)["text"] for line in lines)


def _twins(rows: Sequence[LogRow]) -> Floats:
    """Share of the other rows of the group that are corrected to another label."""
    by_group: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        by_group[row.group][str(row.right)] += 1
    found = []
    for row in rows:
        counts = by_group[row.group]
        others = counts.total() - 1
        found.append(1 - (counts[str(row.right)] - 1) / others if others else 0.0)
    return np.array(found)
