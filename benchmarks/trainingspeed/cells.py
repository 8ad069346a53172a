"""One cell: one training by one system with one seed, kept in one small file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from coldstart.cells import unpack


@dataclass(frozen=True, slots=True)
class Terms:
    """What must be equal for two cells to be compared."""

    threads: int
    hyper: dict[str, Any]
    """Our own recipe's knobs."""
    epochs: int
    train_rows: int
    train_hash: str
    test_hash: str


@dataclass(frozen=True, slots=True)
class Cell:
    system: str
    seed: int
    terms: Terms
    seconds: float | None = None
    """From texts in memory to a trained model: weights loaded, rows tokenised, trained."""
    step_seconds: float | None = None
    """Of these, the training steps alone."""
    processor_seconds: float | None = None
    """Of all threads, over `seconds`."""
    predictions: str | None = None
    """Packed label indexes of the held-out rows."""
    learned: dict[str, int] = field(default_factory=dict)
    """Texts tokenised and embedded by the training, where the system counts them."""
    predicted: dict[str, int] = field(default_factory=dict)
    """The same of the predictions."""
    versions: dict[str, str] = field(default_factory=dict)
    note: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None
    others: float | None = None
    """Share of all processors that other work took meanwhile."""
    started: str = ""

    @property
    def answers(self) -> list[int] | None:
        return None if self.predictions is None else unpack(self.predictions)

    @property
    def rate(self) -> float | None:
        """Rows trained per second, epochs counted."""
        return None if not self.seconds else self._passed / self.seconds

    @property
    def step_rate(self) -> float | None:
        return None if not self.step_seconds else self._passed / self.step_seconds

    @property
    def processor_rate(self) -> float | None:
        return None if not self.processor_seconds else self._passed / self.processor_seconds

    @property
    def _passed(self) -> int:
        return self.terms.train_rows * self.terms.epochs


@dataclass(frozen=True, slots=True)
class Gold:
    """The right answers of the held-out rows, so that whoever has the cells can test again."""

    labels: list[str]
    packed: str
    test_hash: str

    @property
    def answers(self) -> list[int]:
        return unpack(self.packed)


def write(folder: Path, record: Cell | Gold) -> None:
    """Write a record whole or not at all."""
    path = folder / _name(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(asdict(record), indent=1) + "\n")
    partial.replace(path)


def found(folder: Path, system: str, seed: int, terms: Terms) -> Cell | None:
    """The cell of these terms, if there is one."""
    path = folder / "cells" / f"{system}__{seed}.json"
    cell = _cell(path) if path.exists() else None
    return cell if cell is not None and cell.terms == terms else None


def cells(folder: Path) -> list[Cell]:
    return [_cell(path) for path in sorted((folder / "cells").glob("*.json"))]


def gold(folder: Path) -> Gold | None:
    path = folder / "gold.json"
    return Gold(**json.loads(path.read_text())) if path.exists() else None


def _name(record: Cell | Gold) -> str:
    if isinstance(record, Gold):
        return "gold.json"
    return f"cells/{record.system}__{record.seed}.json"


def _cell(path: Path) -> Cell:
    raw = json.loads(path.read_text())
    return Cell(**raw | {"terms": Terms(**raw["terms"])})
