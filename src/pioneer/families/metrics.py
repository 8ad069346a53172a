"""Metrics over counts, and how a metric names a label: `recall:spam`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pioneer.errors import ArgumentError

LABEL_METRICS = ("recall", "precision", "f1")


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, false positives and false negatives. A ratio over nothing is 0."""

    tp: float = 0.0
    fp: float = 0.0
    fn: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def n(self) -> float:
        """How often the label is right."""
        return self.tp + self.fn

    def row(self) -> dict[str, float]:
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1, "n": self.n}


def label_metric(metric: str) -> tuple[str, str] | None:
    """('recall', 'spam') of 'recall:spam'; None for a metric over all labels."""
    name, colon, label = metric.partition(":")
    return (name, label) if colon and label and name in LABEL_METRICS else None


def unknown_metric(metric: str, known: Sequence[str], labelled: bool = True) -> ArgumentError:
    names = [*known, *(f"{name}:LABEL" for name in LABEL_METRICS if labelled)]
    return ArgumentError(f"unknown metric {metric!r}", hint=f"choose one of {', '.join(names)}")


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
