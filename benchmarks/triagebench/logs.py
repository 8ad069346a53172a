"""Logs with known poison from any set of labelled texts, with answers of a real stage-0 model.

The logs of one scene differ in their share of poison only: a call that is poison in one of them is
the same poison in every log with more of it, so that few texts must be embedded.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pioneer.diagnosis.records import Embedder, LogRow
from pioneer.records import Example, Ruling
from triagebench.fixable import FIXABLE
from triagebench.poison import KINDS, spoilt

_VALID = ("label flip", "false premise", "injection", "jailbreak")
"""Poison whose text may still hold the question, and so has a right answer."""
_CHANGED = 0.05
"""Share of the calls that each fixable change befalls."""
_AGAIN = 0.08
"""Share of the sources that call a second time, in another form."""
_STORM, _RETRIES = 0.004, 6
"""Share of the calls that are sent again and again, and how often."""

Shares = NDArray[np.float64]


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
    set: str
    labels: tuple[str, ...]
    trusted: list[Example]
    rows: list[LogRow]
    truths: list[Truth]


@dataclass(frozen=True, slots=True)
class Call:
    source: int
    label: str
    text: str
    change: str
    """The fixable one, or clean."""
    spoilt: str
    kind: str
    """Of poison."""
    doom: float
    """The call is poison in logs with a larger share of it."""
    luck: float
    """Decides what a user says of it."""
    wrong: str
    """The label that a wrong correction names."""
    times: int


@dataclass(frozen=True, slots=True)
class Scene:
    set: str
    seed: int
    labels: tuple[str, ...]
    trusted: list[Example]
    calls: list[Call]
    answers: Callable[[Sequence[str]], Shares]
    """The first model's, learned from the trusted rows."""


def make_scene(
    name: str,
    seed: int,
    texts: Mapping[str, Sequence[str]],
    others: Sequence[str],
    embed: Embedder,
    known: int,
    calls: int,
) -> Scene:
    """`known` rows a label teach the first model, `calls` others come in. `others` are texts of
    other tasks."""
    rng = random.Random(f"triage {name} {seed}")
    trusted, left = first_rows(texts, known, rng)
    rows = [(text, label) for label in left for text in left[label]]
    rows = rng.sample(rows, min(calls, len(rows)))
    labels = tuple(left)
    rival = _confusable(trusted, labels, embed)
    coming = []
    for source, (text, label) in enumerate(rows):
        for again in range(2 if rng.random() < _AGAIN else 1):
            own = random.Random(f"triage {name} {seed} {source} {again}")
            coming.append(_call(source, text, label, rival[label], labels, others, own))
    return Scene(name, seed, labels, trusted, coming, first_model(trusted, labels, embed))


def first_rows(
    texts: Mapping[str, Sequence[str]], known: int, rng: random.Random
) -> tuple[list[Example], dict[str, list[str]]]:
    """`known` rows of each label, and what is left of the texts."""
    left = {label: rng.sample(list(texts[label]), len(texts[label])) for label in sorted(texts)}
    trusted = [
        Example(f"known {label} {at}", left[label].pop(), label)
        for label in left
        for at in range(known)
    ]
    return trusted, left


def likeliest(labels: Sequence[str], own: Shares) -> tuple[tuple[str, float], ...]:
    """The five likeliest labels of a call with their probabilities."""
    order = np.argsort(-own, kind="stable")[:5]
    return tuple((labels[int(at)], float(own[at])) for at in order)


def make_log(scene: Scene, poison: float) -> Log:
    """What is logged of a scene: as many calls as have a visible right answer."""
    doomed = [call.doom < poison for call in scene.calls]
    inputs = [
        call.spoilt if bad else call.text for call, bad in zip(scene.calls, doomed, strict=True)
    ]
    shares = scene.answers(inputs)
    log: list[LogRow] = []
    truths: list[Truth] = []
    for call, bad, text, own in zip(scene.calls, doomed, inputs, shares, strict=True):
        ranked = likeliest(scene.labels, own)
        answer, sure = ranked[0]
        said = _said(call, bad, answer)
        if said is None:
            continue
        valid = call.kind in _VALID or not bad
        truth = Truth(
            call.kind if bad else call.change, bad, not valid or said != call.label, call.label
        )
        for _ in range(call.times):
            at = len(log)
            log.append(
                LogRow(
                    f"call {at}", text, f"row {call.source}", answer, sure,
                    Ruling.PASS if answer == said else Ruling.FAIL, said, answer != said,
                    float(at), ranked=ranked,
                )
            )  # fmt: skip
            truths.append(truth)
    title = f"{scene.set} {poison:.0%} seed {scene.seed}"
    return Log(title, scene.set, scene.labels, scene.trusted, log, truths)


def _call(
    source: int,
    text: str,
    label: str,
    rival: str,
    labels: Sequence[str],
    others: Sequence[str],
    rng: random.Random,
) -> Call:
    changes = [change for change in FIXABLE if rng.random() < _CHANGED]
    for change in changes:
        text = FIXABLE[change](text, rng)
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    wrong = rival if rng.random() < 0.7 else rng.choice([one for one in labels if one != label])
    return Call(
        source,
        label,
        text,
        changes[-1] if changes else "clean",
        spoilt(kind, text, rng, labels, others),
        kind,
        rng.random(),
        rng.random(),
        wrong,
        _RETRIES if rng.random() < _STORM else 1,
    )


def _said(call: Call, poison: bool, answer: str) -> str | None:
    """What the log says is right; None where nobody said."""
    if not poison:
        unsaid = answer != call.label and call.change != "clean" and call.luck < 0.3
        return None if unsaid else call.label
    if call.kind == "label flip":
        return call.wrong
    return call.wrong if call.luck < 0.5 else call.label if call.luck < 0.7 else None


def first_model(
    trusted: Sequence[Example], labels: Sequence[str], embed: Embedder
) -> Callable[[Sequence[str]], Shares]:
    from sklearn.linear_model import LogisticRegression

    numbers = [labels.index(str(row.target)) for row in trusted]
    vectors = embed([row.input for row in trusted]).astype(np.float64)
    model = LogisticRegression(C=16.0, max_iter=500).fit(vectors, numbers)

    def shares(asked: Sequence[str]) -> Shares:
        return np.asarray(model.predict_proba(embed(asked).astype(np.float64)))

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
