"""What an arm came to after a stage: the file that the runner leaves and the report reads.

`SCENARIO/seed-N/asked.json.gz` holds what all arms of a seed are judged on,
`SCENARIO/seed-N/cells/ARM__STAGE.json.gz` what one of them answered. Both are small, so that they
can be kept where the logs and the models are not.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pioneer.records import Span, Target, Task, dump, load

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """A report row, or a call that was not logged."""

    id: str
    source: str
    """The row that it was made of; all forms of a row are one cluster."""
    clean: bool
    """As it is, not perturbed."""
    target: Target
    stage: int = 0
    """Whose traffic the call is like; 0 for a report row."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What every arm of a seed is judged on."""

    scenario: str
    seed: int
    of: str
    """Hash of all options of the scenario: only equal ones can be compared."""
    stages: tuple[float, ...]
    """Share of poison in each."""
    task: Task
    questions: tuple[Question, ...]
    logs: str = ""
    """Hash of what was built for the seed: its logs, what is asked, its first version."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """Rows of a log that triage saw, of one kind of perturbation (or of none)."""

    rows: int
    kept: int
    """May be learned from as they were logged."""
    harmful: int
    """Rows whose visible answer is not a valid one."""
    harmful_kept: int
    """Of them, those that are kept."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What triage did with the log of a stage. A row counts as poison by its most harmful kind."""

    by_kind: Mapping[str, Sifted]
    """By the name of the kind; a row of several kinds counts in each."""
    by_harm: Mapping[str, Sifted]
    """none | neutral | fixable | void | poison: each row once."""


@dataclass(frozen=True, slots=True)
class Cell:
    """An arm after a stage of a seed."""

    scenario: str
    seed: int
    of: str
    """As that of `Asked`."""
    arm: str
    command: str
    """Of a foreign system."""
    stage: int
    """1 for the first."""
    decision: str
    """promoted | hold | need_more_data | failed; deployed where an arm has no gate; kept where it
    has nothing new."""
    reason: str
    deployed: tuple[Any, ...]
    """What serves after the stage answers to the questions, in order."""
    candidate: tuple[Any, ...] | None
    """What the newest version that was made answers, promoted or not; None where none was made in
    this stage."""
    seconds: float
    """To adapt; answering the questions is not counted."""
    peak_mb: float
    """Most memory of a single process."""
    trained_rows: int
    """Rows times passes."""
    triage: Tally | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    processors: int = 0
    """That the arm could use, in how long it took."""
    logs: str = ""
    """As that of `Asked`."""
    code: str = ""
    """Hash of the code that took the turn."""


def target(value: Any) -> Target:
    """An answer as a file holds it. Raises pydantic.ValidationError for what is none."""
    return value if isinstance(value, str) else load(tuple[Span, ...], value)


def asked_file(folder: Path) -> Path:
    return folder / "asked.json.gz"


def cell_file(folder: Path, arm: str, stage: int) -> Path:
    return folder / "cells" / f"{arm}__{stage}.json.gz"


def write(file: Path, found: Cell | Asked) -> None:
    """Whole or not at all; the same record gives the same bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dump(found), ensure_ascii=False)
    draft = file.with_suffix(".partial")
    draft.write_bytes(gzip.compress(text.encode(), mtime=0))
    draft.replace(file)


def read(kind: type[T], file: Path) -> T:
    """What `write` wrote."""
    return load(kind, json.loads(gzip.decompress(file.read_bytes())))
