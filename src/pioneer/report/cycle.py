"""The report of one production cycle as a record: what `report.json` holds and the page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pioneer.records import Recipe, Score, Task
from pioneer.report.record import Environment, Reading, RunCost, SearchReport, Step

KIND = "cycle"
"""Tells this report.json from a cold start's."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Corrections of one label to another that only a human can settle."""

    answered: str
    corrected: str
    groups: int
    answers: int
    p: float | None


@dataclass(frozen=True, slots=True)
class Weakness:
    """A cluster of failures, and whether the served version fails on variations of it too."""

    name: str
    answered: str | None
    right: str | None
    calls: int
    finding: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What one rule of the gate said."""

    name: str
    passed: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Looked:
    """A finalist at the gate."""

    trial: int
    recipe: Recipe
    decision: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class CycleReport:
    """Everything that a page or a terminal shows of a cycle. It quotes no logged text."""

    run: str
    command: str
    seed: int
    created: str
    model: str
    parent: int
    """The version that served."""
    version: int | None
    """The version that was made; None where none was trained."""
    decision: str
    reason: str
    task: Task
    kind: str = KIND
    traces: Mapping[str, int] = field(default_factory=dict)
    new_labels: Mapping[str, int] = field(default_factory=dict)
    triage: Mapping[str, int] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()
    weaknesses: tuple[Weakness, ...] = ()
    propagation: str = ""
    """Whether corrections were carried over to calls that nobody judged, and why."""
    parts: Mapping[str, int] = field(default_factory=dict)
    leaks: Mapping[str, int] = field(default_factory=dict)
    curriculum: Mapping[str, int] = field(default_factory=dict)
    search: SearchReport = field(default_factory=SearchReport)
    rules: tuple[Rule, ...] = ()
    """Those that decided."""
    looked: tuple[Looked, ...] = ()
    scores: Mapping[str, Score] = field(default_factory=dict)
    parent_scores: Mapping[str, Score] = field(default_factory=dict)
    flips: Mapping[str, int] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
    recipe_hash: str = ""
    data_hash: str = ""
    cost: RunCost = field(default_factory=RunCost)
    environment: Environment = field(default_factory=Environment)
    next_steps: tuple[Step, ...] = ()

    @property
    def served(self) -> str:
        return f"{self.model}@{self.parent}"

    @property
    def made(self) -> str:
        return self.served if self.version is None else f"{self.model}@{self.version}"
