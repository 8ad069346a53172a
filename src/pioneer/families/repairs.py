"""Cleaning as a chain of stages, and the stages that several kinds share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from pioneer.families.base import Repair
from pioneer.records import Example
from pioneer.text.normal import normalise

Stage: TypeAlias = Callable[[Sequence[Example]], tuple[list[Example], list[Repair]]]


def repaired(examples: Sequence[Example], *stages: Stage) -> tuple[list[Example], list[Repair]]:
    """What is left after all stages, from left to right, and everything they did."""
    kept, repairs = list(examples), list[Repair]()
    for stage in stages:
        kept, done = stage(kept)
        repairs += done
    return kept, repairs


def without_empty(examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
    """Leave out rows that have no text."""
    kept = [row for row in examples if row.input.strip()]
    empty = [row for row in examples if not row.input.strip()]
    return kept, [Repair(row.id, "dropped", "the text is empty", "empty_text") for row in empty]


def without_conflicts(
    examples: Sequence[Example], meaning: Callable[[Example], object] = lambda row: row.target
) -> tuple[list[Example], list[Repair]]:
    """Leave out every row whose text (case and spaces aside) also stands with another answer;
    answers with an equal meaning are the same."""
    answers: dict[str, set[object]] = defaultdict(set)
    for row in examples:
        answers[normalise(row.input)].add(meaning(row))
    kept, repairs = list[Example](), list[Repair]()
    for row in examples:
        found = answers[normalise(row.input)]
        if len(found) == 1:
            kept.append(row)
        else:
            repairs.append(Repair(row.id, "dropped", _contradiction(found), "conflicting_labels"))
    return kept, repairs


def _contradiction(answers: set[object]) -> str:
    if all(isinstance(answer, str) for answer in answers):
        return f"the same text is labelled {' and '.join(sorted(map(repr, answers)))}"
    return "the same text stands with different answers"
