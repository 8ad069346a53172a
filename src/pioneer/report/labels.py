"""Scores per label with their intervals, from what a family counts."""

from __future__ import annotations

from collections.abc import Mapping

from pioneer.evaluation.intervals import wilson
from pioneer.report.record import Interval, LabelScore


def label_scores(per_label: Mapping[str, Mapping[str, float]]) -> tuple[LabelScore, ...]:
    """`Family.per_label` with Wilson intervals; a share of no rows has none."""
    return tuple(_label_score(label, found) for label, found in per_label.items())


def _label_score(label: str, found: Mapping[str, float]) -> LabelScore:
    n, precision, recall = found["n"], found["precision"], found["recall"]
    hits = recall * n
    answered = hits / precision if precision > 0 else 0.0
    return LabelScore(
        label,
        round(n),
        precision,
        recall,
        found["f1"],
        _share(hits, answered),
        _share(hits, n),
        _f1(hits, n, answered),
    )


def _share(part: float, whole: float) -> Interval | None:
    return wilson(part, round(whole)) if round(whole) else None


def _f1(hits: float, n: float, answered: float) -> Interval | None:
    """F1 = 2J / (1 + J) grows with J = hits / (all that is or was called so), which is a share.

    So the interval of J, sent through the same formula, is that of F1. Answers without a single
    hit cannot be told from `per_label`; there the interval is a little too wide.
    """
    found = _share(hits, n + answered - hits)
    return None if found is None else (_f1_of(found[0]), _f1_of(found[1]))


def _f1_of(overlap: float) -> float:
    return 2 * overlap / (1 + overlap)
