"""A log with known poison from any set of labelled texts, with answers of a real stage-0 model."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pioneer.diagnosis.records import Embedder, LogRow
from pioneer.records import Example, Ruling
from triagebench import perturb

_ANSWERABLE = ("label flip", "false premise", "injection", "jailbreak")
"""Poison whose text may still hold the question, and so has a right answer."""


_AGAIN = 0.08
"""Share of the rows that are logged a second time, in another form."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a row really is. `kind` is the poison, or the fixable change, or clean."""

    kind: str
    poison: bool
    harm: bool
    """Whether the visible label differs from the right one, or there is no right one."""
    label: str = ""
    """The right one."""


@dataclass(frozen=True, slots=True)
class Log:
    name: str
    labels: tuple[str, ...]
    trusted: list[Example]
    rows: list[LogRow]
    truths: list[Truth]


def make_log(
    name: str,
    texts: Mapping[str, Sequence[str]],
    embed: Embedder,
    rng: random.Random,
    known: int,
    calls: int,
    poison: float,
) -> Log:
    """`known` rows a label teach the first model, `calls` others are logged as it answers them."""
    left = {label: rng.sample(list(texts[label]), len(texts[label])) for label in texts}
    trusted = [
        Example(f"known {label} {at}", left[label].pop(), label)
        for label in sorted(left)
        for at in range(known)
    ]
    rows = [(text, label) for label in sorted(left) for text in left[label]]
    rows = rng.sample(rows, min(calls, len(rows)))
    labels = tuple(sorted(texts))
    model = _first_model(trusted, labels, embed)
    rival = _confusable(trusted, labels, embed)
    source = [at for at in range(len(rows)) for _ in range(2 if rng.random() < _AGAIN else 1)]
    rows = [rows[at] for at in source]
    inputs, truths, flipped = [], [], []
    for text, label in rows:
        spoilt, truth = _spoilt(text, rng, poison, labels)
        inputs.append(spoilt)
        truths.append(truth)
        wrong = rival[label] if rng.random() < 0.7 else rng.choice(labels)
        others = [one for one in labels if one != label]
        flipped.append(wrong if wrong != label else rng.choice(others))
    shares = model(embed(inputs))
    log, kept = [], []
    for at, (text, (_, label)) in enumerate(zip(inputs, rows, strict=True)):
        answer, sure = labels[int(shares[at].argmax())], float(shares[at].max())
        said = _said(truths[at], label, answer, flipped[at], rng)
        if said is None:
            continue
        ruling = Ruling.PASS if answer == said else Ruling.FAIL
        group = f"row {source[at]}"
        log.append(LogRow(f"call {at}", text, group, answer, sure, ruling, said, time=float(at)))
        valid = truths[at].kind in _ANSWERABLE or not truths[at].poison
        kept.append(Truth(truths[at].kind, truths[at].poison, not valid or said != label, label))
    return Log(name, labels, trusted, log, kept)


def _spoilt(
    text: str, rng: random.Random, poison: float, labels: Sequence[str]
) -> tuple[str, Truth]:
    kinds = [kind for kind in perturb.FIXABLE if rng.random() < 0.07]
    for kind in kinds:
        text = perturb.FIXABLE[kind](text, rng)
    if rng.random() >= poison:
        return text, Truth(kinds[-1] if kinds else "clean", False, False)
    kind = rng.choices(perturb.POISON, perturb.SHARES)[0]
    changed = {
        "false premise": perturb.premise,
        "off-domain": perturb.off_domain,
        "jailbreak": perturb.jailbreak,
        "gibberish": perturb.gibberish,
        "empty": perturb.empty,
    }
    if kind == "injection":
        text = perturb.injection(text, rng, rng.choice(list(labels)))
    elif kind in changed:
        text = changed[kind](text, rng)
    return text, Truth(kind, True, True)


def _said(truth: Truth, label: str, answer: str, flipped: str, rng: random.Random) -> str | None:
    """What the log says is right; None where nobody said."""
    if not truth.poison:
        noisy = truth.kind != "clean"
        return None if answer != label and noisy and rng.random() < 0.3 else label
    if truth.kind == "label flip":
        return flipped
    drawn = rng.random()
    return flipped if drawn < 0.5 else label if drawn < 0.7 else None


def _first_model(trusted: Sequence[Example], labels: Sequence[str], embed: Embedder):  # type: ignore[no-untyped-def]
    from sklearn.linear_model import LogisticRegression

    numbers = [labels.index(str(row.target)) for row in trusted]
    vectors = embed([row.input for row in trusted]).astype(np.float64)
    model = LogisticRegression(C=16.0, max_iter=500).fit(vectors, numbers)

    def shares(asked: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(model.predict_proba(asked.astype(np.float64)))

    return shares


def _confusable(
    trusted: Sequence[Example], labels: Sequence[str], embed: Embedder
) -> dict[str, str]:
    """The label whose centre is nearest."""
    vectors = embed([row.input for row in trusted])
    owner = np.array([labels.index(str(row.target)) for row in trusted])
    centres = np.stack([vectors[owner == at].mean(0) for at in range(len(labels))])
    likeness = centres @ centres.T
    np.fill_diagonal(likeness, -2.0)
    return {label: labels[int(likeness[at].argmax())] for at, label in enumerate(labels)}
