"""Precision, recall and F1 of dropping poison; what is kept of the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pioneer.diagnosis.attacks import likeness
from pioneer.diagnosis.records import Decision, Embedder, Suspicion, Vectors
from pioneer.diagnosis.signals import Signals, signals
from pioneer.diagnosis.triage import PoisonModel, judged
from triagebench.logs import Log


@dataclass(frozen=True, slots=True)
class Read:
    """A log and what the detectors say of it."""

    log: Log
    found: Signals
    peer: frozenset[int]
    """Rows that cleanlab would drop."""


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    precision: float
    recall: float
    f1: float
    by_harm: float
    """F1 where poison is what has a wrong visible label or no valid one."""
    kept: float
    """Of clean and fixable rows."""
    kept_corrections: tuple[int, int]
    """Of those, the ones that the first model got wrong, of how many: what there is to learn."""
    relabelled: tuple[int, int]
    """To the right label, of how many."""
    caught: Mapping[str, tuple[int, int]]
    """Of each kind of poison: not kept, of how many."""
    lost: Mapping[str, tuple[int, int]]
    """Of each harmless kind: not kept, of how many."""
    peer: Mapping[str, float]

    def document(self) -> dict[str, Any]:
        return asdict(self)


def read(log: Log, embed: Embedder) -> Read:
    """Ask every detector, and the peer."""
    vectors = embed([row.input for row in log.rows])
    known = embed([row.input for row in log.trusted])
    alike = likeness([row.input for row in log.rows], embed)
    found = signals(log.labels, log.rows, log.trusted, vectors, known, alike)
    return Read(log, found, frozenset(_issues(log, vectors)))


def _issues(log: Log, vectors: Vectors) -> list[int]:
    """cleanlab's label issues, on probabilities out of 5 folds of the same embeddings."""
    from cleanlab.filter import find_label_issues
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    names = sorted({str(row.right) for row in log.rows})
    given = np.array([names.index(str(row.right)) for row in log.rows])
    model = LogisticRegression(C=8.0, max_iter=300)
    shares = cross_val_predict(model, vectors, given, cv=5, method="predict_proba")
    ranked = find_label_issues(given, shares, return_indices_ranked_by="self_confidence", n_jobs=1)
    return [int(at) for at in ranked]


def measured(one: Read, model: PoisonModel) -> Measured:
    """What a model decides on a log."""
    said = judged(one.log.labels, one.log.rows, one.found, model)
    gone = np.array([each.decision is not Decision.KEEP for each in said])
    poison = np.array([truth.poison for truth in one.log.truths])
    harm = np.array([truth.harm for truth in one.log.truths])
    caught: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    lost: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for truth, out in zip(one.log.truths, gone, strict=True):
        tally = caught if truth.poison else lost
        tally[truth.kind][0] += bool(out)
        tally[truth.kind][1] += 1
    wrong = np.array([row.answered != row.right for row in one.log.rows])
    corrected = wrong & ~poison
    precision, recall, f1 = scores(gone, poison)
    peer = np.array([at in one.peer for at in range(len(gone))])
    theirs = scores(peer, poison)
    return Measured(
        one.log.name,
        precision,
        recall,
        f1,
        scores(gone, harm)[2],
        float(1 - gone[~poison].mean()),
        (int((corrected & ~gone).sum()), int(corrected.sum())),
        _relabelled(one, said),
        {kind: (counts[0], counts[1]) for kind, counts in sorted(caught.items())},
        {kind: (counts[0], counts[1]) for kind, counts in sorted(lost.items())},
        {
            "precision": theirs[0],
            "recall": theirs[1],
            "f1": theirs[2],
            "kept": float(1 - peer[~poison].mean()),
        },
    )


def scores(gone: np.ndarray[Any, Any], poison: np.ndarray[Any, Any]) -> tuple[float, float, float]:
    hits = float((gone & poison).sum())
    precision = hits / max(float(gone.sum()), 1.0)
    recall = hits / max(float(poison.sum()), 1.0)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _relabelled(one: Read, said: Sequence[Suspicion]) -> tuple[int, int]:
    pairs = [
        (each.label, truth.label)
        for each, truth in zip(said, one.log.truths, strict=True)
        if each.decision is Decision.RELABEL
    ]
    return sum(ours == theirs for ours, theirs in pairs), len(pairs)
