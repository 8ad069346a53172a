"""Slices of dev and test, named before anything is trained for them.

Every row is in exactly one: `negative` (what belongs to none of the labels), `boundary` (where a
cheap probe hesitates, or has the labels that are confused most as its first two) or `typical`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TypeAlias

from pioneer.records import Example, Prediction, Task

TYPICAL, NEGATIVE, BOUNDARY = "typical", "negative", "boundary"
BOUNDARY_SHARE = 0.2

Pair: TypeAlias = frozenset[str]
"""Two labels, in no order."""


def most_confused(
    examples: Sequence[Example], predictions: Sequence[Prediction], count: int = 1
) -> tuple[Pair, ...]:
    """The pairs of labels that out-of-fold predictions mistake for each other most often.

    It looks at the right answers: give it train or dev rows only. Fewer than `count` where there
    are fewer mistakes; none for kinds without ranked labels.
    """
    mistakes = Counter(
        frozenset((row.target, prediction.ranked[0][0]))
        for row, prediction in zip(examples, predictions, strict=True)
        if isinstance(row.target, str) and prediction.ranked
    )
    pairs = [(pair, number) for pair, number in mistakes.items() if len(pair) == 2]
    pairs.sort(key=lambda item: (-item[1], sorted(item[0])))
    return tuple(pair for pair, _ in pairs[:count])


def slices(
    task: Task,
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    confused: Collection[Pair] = (),
) -> dict[str, tuple[str, ...]]:
    """Ids of the rows of each slice, sorted; slices without a row are left out.

    `predictions` are a probe's that has not learned from these rows. Right answers are looked at
    for `negative` alone, so that naming the slices of a sealed test opens nothing.
    """
    negative = {row.id for row in examples if _is_negative(task, row)}
    asked = [
        (_margin(prediction), row.id, prediction)
        for row, prediction in zip(examples, predictions, strict=True)
        if row.id not in negative
    ]
    closest = sorted((margin, name) for margin, name, _ in asked)
    boundary = {name for _, name in closest[: int(BOUNDARY_SHARE * len(closest))]}
    boundary |= {name for _, name, prediction in asked if _rivals(prediction) in confused}
    typical = {row.id for row in examples} - negative - boundary
    named = {TYPICAL: typical, NEGATIVE: negative, BOUNDARY: boundary}
    return {name: tuple(sorted(ids)) for name, ids in named.items() if ids}


def _is_negative(task: Task, row: Example) -> bool:
    """An out-of-scope row, or one in which there is nothing to mark."""
    return row.target == () or (task.out_of_scope is not None and row.target == task.out_of_scope)


def _margin(prediction: Prediction) -> float:
    """How far the first label is ahead of the second; without ranked labels the confidence."""
    if not prediction.ranked:
        return prediction.confidence
    second = prediction.ranked[1][1] if len(prediction.ranked) > 1 else 0.0
    return prediction.ranked[0][1] - second


def _rivals(prediction: Prediction) -> Pair:
    return frozenset(label for label, _ in prediction.ranked[:2])
