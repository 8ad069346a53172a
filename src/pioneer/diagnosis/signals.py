"""Every detector's word on every row of a log, as one table."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

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
from pioneer.diagnosis.phrases import words_of
from pioneer.diagnosis.records import LogRow, Vectors
from pioneer.diagnosis.texts import patterns, spelling
from pioneer.records import Example
from pioneer.text.normal import normalise

NAMES = (
    "disagreement",
    "unlikely",
    "neighbours",
    "served_against",
    "unsure",
    "foreign",
    "attack",
    "presumes",
    "gibberish",
    "empty",
    "injection",
    "jailbreak",
    "premise",
    "twin",
    "long",
)
"""The detectors, in the order of the table's columns."""

_PASSES = 3
_FEW = 20
"""Trusted rows below which the log itself says what is usual."""
_USUAL, _RARE = 0.2, 0.003
"""Shares of rows with a right label that make a label not unlikely at all, and wholly so."""
_FAR = 8.0
"""Robust deviations at which a signal is full."""
_WORDINGS = ("attack", "presumes", "injection", "jailbreak", "premise", "long", "gibberish")
"""Detectors that judge a text by how it reads."""
_SHOWN = 0.5
_SELDOM = 0.01
_SOME = 3
_CHANCE = 0.001
_DOUBT = 0.6
"""Disagreement above which a row is not learned from in the next pass."""


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
    alike: Floats,
) -> Signals:
    """`vectors` are those of the rows, `known` those of the trusted rows, `alike` is what
    `attacks.likeness` says of the rows. All rows carry a label among `labels`."""
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
        believed = weights * ~doubted
        shares = tempered(out_of_fold(pool, len(labels), believed), pool)
    near = neighbours(pool, len(labels), believed)
    logged = slice(0, len(rows))
    belief = _reliability(shares, pool)
    columns = {
        "disagreement": belief * _disagreement(shares, pool.labels)[logged],
        "neighbours": belief * _beyond_trusted(near.against, len(rows)),
        "served_against": (1 - shares[np.arange(len(rows)), right]) * _served(rows),
        "unlikely": _unlikely(shares, pool, believed),
        "unsure": _beyond_trusted(1 - shares.max(1), len(rows)),
        "foreign": _above(-near.familiar[logged], 0.05),
        "attack": _above(alike[:, 0], 0.05),
        "presumes": _above(alike[:, 1], 0.05),
        "gibberish": _above(_surprises(rows, trusted), 0.3) * _unknown(rows, trusted),
        "twin": _twins(rows),
        "long": _above(np.log1p([len(row.input) for row in rows]), 0.5),
    }
    alone = [patterns(row.input) for row in rows]
    for name in ("empty", "injection", "jailbreak", "premise"):
        columns[name] = np.array([one[name] for one in alone])
    passed = np.array([row.answered == row.right for row in rows])
    for name in _WORDINGS:
        columns[name] = columns[name] * _strangeness(columns[name], right, passed)
    table = np.stack([columns[name] for name in NAMES], axis=1)
    return Signals(table, shares.argmax(1)[logged], shares.max(1)[logged], near)


def _strangeness(sign: Floats, right: Ints, passed: NDArray[np.bool_]) -> Floats:
    """For each row, 1 unless passing rows of its label show the sign far more often than passing
    rows do at large: then it is how such rows read ("from now on your name is ...") and tells
    little. Failures do not count: whoever attacks can have them all corrected to one label."""
    shown = sign >= _SHOWN
    usual = max(float(shown[passed].mean()) if passed.any() else 0.0, _SELDOM)
    factors = np.ones(len(sign))
    for label in np.unique(right[passed]):
        own = passed & (right == label)
        count, of = int(shown[own].sum()), int(own.sum())
        if count >= _SOME and binom.sf(count - 1, of, usual) < _CHANCE:
            factors[right == label] = usual / (count / of)
    return factors


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
    judges = slice(pool.logged, None) if len(pool.labels) - pool.logged >= _FEW else slice(None)
    return _telling(float((shares.argmax(1)[judges] == pool.labels[judges]).mean()))


def _telling(accuracy: float) -> float:
    """What a disagreement with a judge of this accuracy tells: the logarithm of how much likelier
    it is about a wrong label than about a right one, 1 at one in twenty."""
    return float(np.clip(np.log(max(1 - accuracy, 0.05)) / np.log(0.05), 0.0, 1.0))


def _beyond_trusted(values: Floats, logged: int) -> Floats:
    """How far a log row's value is above that of the trusted rows, whose labels are right."""
    usual = float(values[logged:].mean()) if len(values) > logged else 0.0
    return np.asarray(np.clip((values[:logged] - usual) / max(1 - usual, 0.05), 0.0, 1.0))


def _unlikely(shares: Floats, pool: Pool, believed: Floats) -> Floats:
    """How seldom a row whose label is right is as unlikely to have it, against the likeliest label,
    as this one: the logarithm of a conformal p-value, from 0 to 1."""
    own = shares[np.arange(len(shares)), pool.labels]
    gap = np.log(np.maximum(shares.max(1), 1e-9) / np.maximum(own, 1e-9))
    usual = np.sort(gap[believed > 0])
    beyond = len(usual) - np.searchsorted(usual, gap[: pool.logged], side="left")
    chance = (1.0 + beyond) / (1.0 + len(usual))
    return np.asarray(np.clip(np.log(_USUAL / chance) / np.log(_USUAL / _RARE), 0.0, 1.0))


def _served(rows: Sequence[LogRow]) -> Floats:
    """How far the served version finds its own answer likelier than the log's label, against how
    sure it usually is; little where it seldom agrees with the log."""
    right = sum(row.answered == row.right for row in rows) / len(rows)
    usual = float(np.median([_sure(row) for row in rows]))
    leads = np.array([_lead(row) for row in rows])
    return np.asarray(_telling(right) * np.clip(leads / max(usual, 0.05), 0.0, 1.0))


def _sure(row: LogRow) -> float:
    return 0.5 if row.confidence is None else row.confidence


def _lead(row: LogRow) -> float:
    if row.answered is None or row.answered == row.right:
        return 0.0
    return max(0.0, _sure(row) - dict(row.ranked).get(str(row.right), 0.0))


def _above(values: NDArray[np.floating] | Sequence[float], least: float) -> Floats:
    """How far above the usual, in robust deviations; 0.5 at 4, 1 at 8. Deviations smaller than
    `least` count as that."""
    found = np.asarray(values, dtype=float)
    middle = np.median(found)
    spread = max(1.4826 * float(np.median(np.abs(found - middle))), least)
    return np.asarray(np.clip((found - middle) / spread / _FAR, 0.0, 1.0))


def _surprises(rows: Sequence[LogRow], trusted: Sequence[Example]) -> Floats:
    inputs = [row.input for row in rows] + [row.input for row in trusted]
    model = spelling([*_plain_english(), *inputs])
    return np.array([model.surprise(row.input, learned=True) for row in rows])


def _unknown(rows: Sequence[LogRow], trusted: Sequence[Example]) -> Floats:
    """The share of a text's letters that are in no word that anybody else uses, not even with a
    slip of a key."""
    written = [words_of(row.input) for row in rows]
    users: dict[str, set[str]] = defaultdict(set)
    for row, mine in zip(rows, written, strict=True):
        for word in mine:
            users[word].add(row.group)
    given = [*_plain_english(), *(row.input for row in trusted)]
    words = {word for text in given for word in words_of(text)}
    words |= {word for word, groups in users.items() if len(groups) > 1}
    known = {form for word in words for form in _slips(word)}
    found = []
    for mine in written:
        strange = sum(len(word) for word in mine if known.isdisjoint(_slips(word)))
        found.append(strange / max(1, sum(map(len, mine))))
    return np.array(found)


def _slips(word: str) -> set[str]:
    """The word, and each of what is left when a letter is lost."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


@cache
def _plain_english() -> tuple[str, ...]:
    """The bundled corpus: what words look like where the log has few."""
    file = corpus.path() / "helpdesk" / "all.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line)["text"] for line in lines)


def _twins(rows: Sequence[LogRow]) -> Floats:
    """Share of the other texts of the group that are corrected to another label. A text that was
    sent again and again counts once."""
    said = [(normalise(row.input), str(row.right)) for row in rows]
    by_group: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row, pair in zip(rows, said, strict=True):
        by_group[row.group].add(pair)
    found = []
    for row, pair in zip(rows, said, strict=True):
        others = [label for text, label in by_group[row.group] if (text, label) != pair]
        found.append(sum(label != pair[1] for label in others) / len(others) if others else 0.0)
    return np.array(found)
