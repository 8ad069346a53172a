"""Metrics of spans: an entity is right if start, end and label are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pioneer.families.extraction.rows import as_json, spans_of
from pioneer.families.metrics import Counts, label_metric, unknown_metric
from pioneer.families.spelling import as_known
from pioneer.records import Example, Prediction, RowStat, Span, Target, Task, canonical

METRICS = ("entity_f1", "entity_precision", "entity_recall", "macro_f1", "exact_match")


def score_row(task: Task, example: Example, prediction: Prediction) -> RowStat:
    """The row's own F1 (1.0 where nothing was to be found and nothing was); abstaining is 0.

    `target` and `output` are JSON lists of spans.
    """
    target, output = _known(task, example.target), _known(task, prediction.output)
    found = counted(target, output)
    score = 1.0 if target == output else found.f1
    return RowStat(
        id=example.id,
        group=example.group,
        score=0.0 if prediction.output is None else score,
        target=_text(target),
        output=None if prediction.output is None else _text(output),
        confidence=prediction.confidence,
        counts=(found.tp, found.fp, found.fn),
    )


def counted(target: set[Span], output: set[Span]) -> Counts:
    return Counts(len(target & output), len(output - target), len(target - output))


def aggregate(stats: Sequence[RowStat], metric: str) -> float:
    """Entity metrics are micro averages. Where there is no entity at all, they are the share of
    rows that rightly found none."""
    if metric == "exact_match":
        return sum(stat.score == 1.0 for stat in stats) / len(stats) if stats else 0.0
    if metric == "macro_f1":
        found = by_label(stats).values()
        return sum(each.f1 for each in found) / len(found) if found else _mean(stats)
    if metric in METRICS:
        total = sum((Counts(*stat.counts) for stat in stats), Counts())
        if total == Counts():
            return _mean(stats)
        value: float = getattr(total, metric.removeprefix("entity_"))
        return value
    named = label_metric(metric)
    if named is None:
        raise unknown_metric(metric, METRICS)
    of_label: float = getattr(by_label(stats).get(named[1], Counts()), named[0])
    return of_label


def by_label(stats: Sequence[RowStat]) -> Mapping[str, Counts]:
    found: dict[str, Counts] = defaultdict(Counts)
    for stat in stats:
        target, output = _spans(stat.target), _spans(stat.output)
        for label in {span.label for span in target | output}:
            found[label] += counted(_only(target, label), _only(output, label))
    return found


def _only(spans: set[Span], label: str) -> set[Span]:
    return {span for span in spans if span.label == label}


def _known(task: Task, target: Target | None) -> set[Span]:
    """The spans, with labels spelled as the task spells them."""
    return {
        replace(span, label=as_known(span.label, task.labels) or span.label)
        for span in spans_of(target)
    }


def _text(spans: set[Span]) -> str:
    ordered = sorted(spans, key=lambda span: (span.start, span.end, span.label))
    return canonical(as_json(tuple(ordered)))


def _spans(text: str | None) -> set[Span]:
    return set() if text is None else {Span(**span) for span in json.loads(text)}


def _mean(stats: Sequence[RowStat]) -> float:
    return sum(stat.score for stat in stats) / len(stats) if stats else 0.0
