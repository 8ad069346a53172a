"""Metrics of one label per text, from what the rows scored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from pioneer.families.metrics import Counts, label_metric, unknown_metric
from pioneer.families.spelling import as_known
from pioneer.records import Example, Prediction, RowStat, Task

METRICS = ("accuracy", "macro_f1", "micro_f1")


def score_row(task: Task, example: Example, prediction: Prediction) -> RowStat:
    """Right or wrong, case and spaces aside. Abstaining is wrong, and so is every answer to a row
    whose label the task does not know."""
    target = as_known(str(example.target), task.labels)
    output = None if prediction.output is None else str(prediction.output)
    if output is not None:
        output = as_known(output, task.labels) or output
    return RowStat(
        id=example.id,
        group=example.group,
        score=float(target is not None and target == output),
        target=str(example.target) if target is None else target,
        output=output,
        confidence=prediction.confidence,
    )


def aggregate(stats: Sequence[RowStat], metric: str) -> float:
    """Macro-F1 runs over the labels that occur as target or output."""
    if metric == "accuracy":
        return sum(stat.score for stat in stats) / len(stats) if stats else 0.0
    if metric == "macro_f1":
        found = counts(stats).values()
        return sum(each.f1 for each in found) / len(found) if found else 0.0
    if metric == "micro_f1":
        return sum(counts(stats).values(), Counts()).f1
    named = label_metric(metric)
    if named is None:
        raise unknown_metric(metric, METRICS)
    name, label = named
    value: float = getattr(counts(stats).get(label, Counts()), name)
    return value


def per_label(stats: Sequence[RowStat]) -> dict[str, dict[str, float]]:
    found = counts(stats)
    return {label: found[label].row() for label in sorted(found)}


def counts(stats: Sequence[RowStat]) -> Mapping[str, Counts]:
    """Counts of every label that occurs; a null output is a miss of the target alone."""
    right, said, meant = Counter[str](), Counter[str](), Counter[str]()
    for stat in stats:
        meant[stat.target] += 1
        if stat.output is not None:
            said[stat.output] += 1
        if stat.score == 1.0:
            right[stat.target] += 1
    found: dict[str, Counts] = defaultdict(Counts)
    for label in meant | said:
        tp = right[label]
        found[label] = Counts(tp, said[label] - tp, meant[label] - tp)
    return found
