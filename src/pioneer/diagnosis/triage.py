"""Which logged rows may be learned from: P(poison) with reasons, and what to do with each row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from pioneer.diagnosis.attacks import likeness
from pioneer.diagnosis.labels import Floats
from pioneer.diagnosis.records import Decision, Embedder, LogRow, Suspicion
from pioneer.diagnosis.signals import NAMES, Signals, signals
from pioneer.diagnosis.texts import STRONG
from pioneer.errors import DataError
from pioneer.records import Example, Task

_REASONS: Mapping[str, str] = {
    "disagreement": "a model that did not see the row finds {rival!r} likelier than its label",
    "neighbours": "the rows most like it have another label, most of them {near!r}",
    "served_against": "the served version is sure of another answer, {answered!r}",
    "unlikely": "few rows find their own label as unlikely as this one does",
    "attack": "a part of it reads like orders to a model",
    "presumes": "a part of it takes for granted what nobody has said",
    "unsure": "no label fits it well",
    "foreign": "it is unlike any trusted row",
    "gibberish": "its letters do not follow each other as in words",
    "empty": "it has next to no letters",
    "injection": "it gives orders to the model",
    "jailbreak": "it tells the model to be something else",
    "premise": "it takes for granted what nobody has said",
    "twin": "rows that are nearly the same are corrected to another label",
    "long": "it is far longer than the others",
}
_TEXT_ALONE = ("empty", "injection", "jailbreak", "gibberish", "foreign")
"""What can be wrong with a text whatever its label."""
_WORDED = (*_TEXT_ALONE, "attack", "presumes", "premise")
_WEIGHTY = 0.35
"""A detector's part in the sum above which it is named as a reason."""
_SHOWN = 3
_SURE = 0.8
_TEACHES = 0.8
"""Rows below this probability teach though their label is in doubt: where triage doubts, the served
version errs, and a right correction that is missing costs more than a wrong one that is learned
(design/log.md)."""
_ROUNDS = 50
_LEAST_POISON, _MOST_POISON = 0.002, 0.6
_MANY = 0.75


@dataclass(frozen=True, slots=True)
class PoisonModel:
    """A logistic model over what the detectors say; fitted by `benchmarks/triage.py --fit`."""

    bias: float
    weights: Mapping[str, float]
    prior: float
    """Share of poison in the logs that it was fitted on."""
    keep: float
    """Rows below this probability are kept."""
    drop: float
    """Rows above this one are dropped; between the two a human is asked."""

    def parts(self, table: Floats) -> Floats:
        """[rows, detectors] -> what each adds to the log odds."""
        return np.asarray(table * np.array([self.weights.get(name, 0.0) for name in NAMES]))

    def probabilities(self, table: Floats) -> Floats:
        """[rows], for the share of poison that this log seems to have."""
        odds = self.bias + self.parts(table).sum(1)
        return at_own_prior(1.0 / (1.0 + np.exp(-np.clip(odds, -30, 30))), self.prior)


def at_own_prior(chances: Floats, prior: float) -> Floats:
    """Probabilities that were right for one share of poison, for the share of these rows.

    Expectation maximisation of the share (Saerens, Latinne and Decaestecker 2002): a log with
    little poison has fewer rows doubted.
    """
    share = prior
    shifted = chances
    for _ in range(_ROUNDS):
        up, down = share / prior, (1 - share) / (1 - prior)
        shifted = up * chances / (up * chances + down * (1 - chances))
        share = min(_MOST_POISON, max(_LEAST_POISON, float(shifted.mean())))
    return np.asarray(shifted)


@cache
def poison_model() -> PoisonModel:
    """The one that ships."""
    return read_model(files("pioneer.diagnosis").joinpath("poison.json").read_text("utf-8"))


def read_model(text: str) -> PoisonModel:
    found = json.loads(text)
    return PoisonModel(
        found["bias"], found["weights"], found["prior"], found["keep"], found["drop"]
    )


def triage(
    task: Task,
    log: Sequence[LogRow],
    trusted: Sequence[Example],
    embed: Embedder,
    model: PoisonModel | None = None,
) -> tuple[Suspicion, ...]:
    """One word on each row, in order. `trusted` rows are believed; the log's rows speak for each
    other out of fold. Raises DataError for a row without a right answer among the labels."""
    if not log:
        return ()
    for row in log:
        if row.right not in task.labels:
            raise DataError(f"row {row.id} has no right answer among the labels")
    vectors = embed([row.input for row in log])
    known = embed([row.input for row in trusted]) if trusted else vectors[:0]
    alike = likeness([row.input for row in log], embed)
    found = signals(task.labels, log, trusted, vectors, known, alike)
    return judged(task.labels, log, found, model or poison_model())


def judged(
    labels: Sequence[str], log: Sequence[LogRow], found: Signals, model: PoisonModel
) -> tuple[Suspicion, ...]:
    """Probabilities, decisions and reasons from what the detectors said."""
    chances, parts = model.probabilities(found.table), model.parts(found.table)
    said = []
    for at, row in enumerate(log):
        signs = dict(zip(NAMES, found.table[at].tolist(), strict=True))
        sound = all(signs[name] < STRONG for name in _WORDED)
        label = _better_label(labels, row, found, at) if sound and not row.human else None
        spoilt = any(signs[name] >= STRONG for name in _TEXT_ALONE)
        disputed = labels[int(found.rival[at])] != row.right
        decision = _decision(float(chances[at]), row, label, model, spoilt or disputed, sound)
        said.append(
            Suspicion(
                row.id,
                round(float(chances[at]), 6),
                decision,
                _reasons(labels, row, found, at, parts[at]),
                label if decision is Decision.RELABEL else None,
                {name: round(value, 3) for name, value in signs.items() if value >= 0.001},
                sound,
                sound and decision is Decision.ASK and bool(chances[at] < _TEACHES),
            )
        )
    return tuple(said)


def _decision(
    chance: float,
    row: LogRow,
    label: str | None,
    model: PoisonModel,
    grounds: bool,
    sound: bool,
) -> Decision:
    """Without grounds against the label or the text as such nothing is dropped unasked. Of a sound
    text only the label can be in doubt, as that of most corrections that can teach something: it is
    dropped where that is certain, unless a human gave it."""
    if chance < model.keep:
        return Decision.KEEP
    if label is not None:
        return Decision.RELABEL
    if sound and row.human:
        return Decision.ASK
    certain = chance >= model.drop or not (row.human or sound)
    return Decision.DROP if certain and grounds else Decision.ASK


def _better_label(labels: Sequence[str], row: LogRow, found: Signals, at: int) -> str | None:
    """The label that the out-of-fold model, the neighbours and the served version agree on. It is
    proposed, not learned: a version that errs systematically finds rows that agree with it, and of
    such rows of the deployment one in seven had been corrected rightly (design/log.md)."""
    rival = labels[int(found.rival[at])]
    agreed = (
        rival != row.right
        and found.sure[at] >= _SURE
        and labels[int(found.near.label[at])] == rival
        and found.near.share[at] >= _MANY
        and row.answered == rival
    )
    return rival if agreed else None


def _reasons(
    labels: Sequence[str], row: LogRow, found: Signals, at: int, parts: Floats
) -> tuple[str, ...]:
    order = [one for one in np.argsort(-parts).tolist() if parts[one] >= _WEIGHTY]
    values = {
        "rival": labels[int(found.rival[at])],
        "near": labels[int(found.near.label[at])],
        "answered": row.answered,
    }
    return tuple(_REASONS[NAMES[one]].format(**values) for one in order[:_SHOWN])
