"""What a run prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pioneer.records import Cost, Score, Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision of a run and what it rests on; the JSON of `cold-start` and `improve`."""

    run: str
    model: str
    version: int | None
    decision: str
    """promoted | hold | need_more_data | failed"""
    reason: str
    task: Task
    mapping: Mapping[str, str]
    recipe_hash: str
    data_hash: str
    scores: Mapping[str, Score]
    """dev and test. Test is that of the model before the refit on all rows."""
    parent_scores: Mapping[str, Score] = field(default_factory=dict)
    baselines: Mapping[str, Score] = field(default_factory=dict)
    gate: Mapping[str, Any] = field(default_factory=dict)
    trials: tuple[Mapping[str, Any], ...] = ()
    cost: Cost = Cost()
    report: str = ""


@dataclass(frozen=True, slots=True)
class Improved(Outcome):
    """What a production cycle prints besides."""

    log: Mapping[str, Any] = field(default_factory=dict)
    """What became of the logged calls, by name."""
    flips: Mapping[str, int] = field(default_factory=dict)
    """Gate groups that were fixed and broken."""
    readings: Mapping[str, Any] = field(default_factory=dict)
    """What sealed rows say, read after the decision."""
