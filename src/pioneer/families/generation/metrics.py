"""Metrics of free text."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.families.generation.answers import same_answer, same_text, token_f1
from pioneer.families.metrics import unknown_metric
from pioneer.records import Example, Prediction, RowStat, Task

METRICS = ("answer_match", "exact_match", "token_f1")


def score_row(task: Task, example: Example, prediction: Prediction) -> RowStat:
    """`score` is the task's metric; `counts` hold the row's value of every metric, in order."""
    output = None if prediction.output is None else str(prediction.output)
    values = (0.0, 0.0, 0.0) if output is None else _values(example, output)
    return RowStat(
        id=example.id,
        group=example.group,
        score=values[_place(task.metric)],
        target=str(example.target),
        output=output,
        confidence=prediction.confidence,
        counts=values,
    )


def aggregate(stats: Sequence[RowStat], metric: str) -> float:
    place = _place(metric)
    return sum(stat.counts[place] for stat in stats) / len(stats) if stats else 0.0


def _place(metric: str) -> int:
    if metric not in METRICS:
        raise unknown_metric(metric, METRICS, labelled=False)
    return METRICS.index(metric)


def _values(example: Example, output: str) -> tuple[float, float, float]:
    """Any of several right texts will do. Without a short answer, the completion is the answer."""
    texts = [str(example.target), *example.extra.get("references", ())]
    exact = any(same_text(text, output) for text in texts)
    return (
        float(exact or _answered(example, output)),
        float(exact),
        max(token_f1(text, output) for text in texts),
    )


def _answered(example: Example, output: str) -> bool:
    answers = [*example.extra.get("answers", ())]
    if "answer" in example.extra:
        answers.append(example.extra["answer"])
    return any(same_answer(str(answer), output) for answer in answers)
