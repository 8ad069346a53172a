"""One cell: what one system did on one set with one seed, kept in one small file.

A cell keeps its predictions as label indexes, and a set its right answers, so that whoever has
the results can repeat every test of the report without the data.
"""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

ABSTAINED = -1


class Status(StrEnum):
    OK = "ok"
    TIMEOUT = "timeout"  # killed after budget and grace; nothing to score
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Terms:
    """What must be equal for two cells to be compared."""

    budget: float  # seconds
    threads: int
    train_hash: str
    test_hash: str


@dataclass(frozen=True, slots=True)
class Cell:
    system: str
    set: str
    seed: int
    terms: Terms
    status: Status
    fit_seconds: float
    predict_seconds: float | None = None
    predictions: str | None = None  # packed label indexes
    versions: dict[str, str] = field(default_factory=dict)
    note: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None
    others: float | None = None  # share of all processors that other work took during the fit
    started: str = ""

    @property
    def answers(self) -> list[int] | None:
        return None if self.predictions is None else unpack(self.predictions)

    @property
    def over_budget(self) -> bool:
        return self.fit_seconds > self.terms.budget


@dataclass(frozen=True, slots=True)
class Sealed:
    """The right answers of a set's test, and how the set was made."""

    name: str
    labels: list[str]
    gold: str  # packed
    test_hash: str
    test_rows: int
    pool_rows: int
    dropped: int  # near-duplicates of test rows, taken out of train
    counted: bool

    @property
    def answers(self) -> list[int]:
        return unpack(self.gold)


def pack(indexes: Iterable[int]) -> str:
    """Label indexes as short text."""
    raw = np.fromiter(indexes, dtype="<i2").tobytes()
    return base64.b64encode(zlib.compress(raw, 9)).decode()


def unpack(text: str) -> list[int]:
    raw = zlib.decompress(base64.b64decode(text))
    return [int(index) for index in np.frombuffer(raw, dtype="<i2")]


def write(folder: Path, record: Cell | Sealed) -> None:
    """Write a record whole or not at all."""
    path = folder / _name(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(asdict(record), indent=1) + "\n")
    partial.replace(path)


def found(folder: Path, system: str, set_name: str, seed: int, terms: Terms) -> Cell | None:
    """The finished cell of these terms, if there is one."""
    path = folder / "cells" / f"{system}__{set_name}__{seed}.json"
    cell = _cell(path) if path.exists() else None
    return cell if cell is not None and cell.terms == terms else None


def cells(folder: Path) -> list[Cell]:
    return [_cell(path) for path in sorted((folder / "cells").glob("*.json"))]


def sealed(folder: Path) -> dict[str, Sealed]:
    paths = sorted((folder / "sets").glob("*.json"))
    records = [Sealed(**json.loads(path.read_text())) for path in paths]
    return {record.name: record for record in records}


def indexes(labels: Sequence[str], answers: Iterable[str | None]) -> list[int]:
    """Label indexes; an abstention or an unknown label is -1, which is never right."""
    number = {label: index for index, label in enumerate(labels)}
    return [ABSTAINED if answer is None else number.get(answer, ABSTAINED) for answer in answers]


def _name(record: Cell | Sealed) -> str:
    if isinstance(record, Sealed):
        return f"sets/{record.name}.json"
    return f"cells/{record.system}__{record.set}__{record.seed}.json"


def _cell(path: Path) -> Cell:
    raw = json.loads(path.read_text())
    raw["terms"], raw["status"] = Terms(**raw["terms"]), Status(raw["status"])
    return Cell(**raw)
