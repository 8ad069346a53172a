"""What a model that never saw a row says about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pioneer.families.base import Family
from pioneer.records import Example, Prediction, Task


@dataclass(frozen=True, slots=True)
class RowEvidence:
    id: str
    confidence_in_target: float
    """Probability of the row's own target; 0 where another text was answered instead."""
    margin: float
    """Confidence in the target less that in the best rival: below 0 the row was answered wrong."""
    rival: str | None
    """The likeliest other label, where the kind has labels."""
    suspect: bool
    """The target itself is probably wrong."""


def row_evidence(
    family: Family, task: Task, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> tuple[RowEvidence, ...]:
    """Evidence for every row from its out-of-fold prediction, sorted by id."""
    suspects = set(family.suspects(task, examples, predictions))
    found = (
        _ranked(row, prediction, row.id in suspects)
        if prediction.ranked
        else _answered(family, task, row, prediction, row.id in suspects)
        for row, prediction in zip(examples, predictions, strict=True)
    )
    return tuple(sorted(found, key=lambda evidence: evidence.id))


def _ranked(row: Example, prediction: Prediction, suspect: bool) -> RowEvidence:
    shares = dict(prediction.ranked)
    own = shares.pop(str(row.target), 0.0)
    rival = min(shares, key=lambda label: (-shares[label], label), default=None)
    against = 0.0 if rival is None else shares[rival]
    return RowEvidence(row.id, own, own - against, rival, suspect)


def _answered(
    family: Family, task: Task, row: Example, prediction: Prediction, suspect: bool
) -> RowEvidence:
    """Without a distribution: all confidence is for the target, or all against it."""
    sure = prediction.confidence
    if family.passed(family.score_row(task, row, prediction)):
        return RowEvidence(row.id, sure, sure - (1.0 - sure), None, suspect)
    return RowEvidence(row.id, 0.0, -sure, None, suspect)
