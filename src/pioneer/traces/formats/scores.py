"""Scores, annotations and assessments of observability tools, as verdicts.

Tools score many things. A score is a verdict if the user named it, or if its name speaks of being
right and its value says yes or no; a right answer is one if its name speaks of an answer. Every
other score is kept in the metadata.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pioneer.traces.words import about_rightness, ruling_of

_AN_ANSWER = re.compile(
    r"response|answer|output|label|target|truth|^expect(ed|ation)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Score:
    """A score as every tool has it, in one form."""

    name: str
    value: Any
    judge: str
    reason: Any = None
    at: Any = None
    expected: Any = None
    """The right answer, where the score is a correction and no judgement."""


def told(scores: list[Score], wanted: str | None) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Verdicts in trace row form, and the other scores by name."""
    verdicts: list[dict[str, Any]] = []
    others: dict[str, Any] = {}
    for score in scores:
        entry = {"judge": score.judge, "reason": _text(score.reason), "at": score.at}
        if score.expected is not None and _AN_ANSWER.search(score.name):
            verdicts.append(entry | {"expected": score.expected})
        elif about_rightness(score.name, wanted) and ruling_of(score.value) is not None:
            verdicts.append(entry | {"verdict": score.value})
        else:
            others[score.name] = score.value if score.expected is None else score.expected
    return verdicts, others


def with_scores(row: dict[str, Any], scores: list[Score], wanted: str | None) -> dict[str, Any]:
    """The row with its verdicts; scores that are none are added to its metadata."""
    verdicts, others = told(scores, wanted)
    if verdicts:
        row["verdicts"] = verdicts
    if others:
        metadata = row.get("metadata")
        kept = dict(metadata) if isinstance(metadata, Mapping) else {}
        row["metadata"] = kept | {"scores": others}
    return row


def signed(kind: str, name: str) -> str:
    """A judge's name: 'human:anna', 'llm:gpt', 'code:regex'."""
    return f"{kind}:{name}" if name else kind


def _text(reason: Any) -> str | None:
    return None if reason is None else str(reason)
