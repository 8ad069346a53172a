"""Small logs, and what reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from pioneer.families import family
from pioneer.records import Kind, Task
from pioneer.traces.importing import FileCounts, Settings, import_paths
from pioneer.traces.rows import RowReader, row_reader

LABELS = ("billing", "delivery", "returns")
TASKS = {
    Kind.CLASSIFICATION: Task(Kind.CLASSIFICATION, "route mail", LABELS, "accuracy"),
    Kind.EXTRACTION: Task(Kind.EXTRACTION, "find names", ("person", "place"), "entity_f1"),
    Kind.GENERATION: Task(Kind.GENERATION, "answer", (), "answer_match"),
}


def reader(kind: Kind = Kind.CLASSIFICATION) -> RowReader:
    return row_reader(family(kind), TASKS[kind])


def row(number: int = 0, **fields: Any) -> dict[str, Any]:
    """A trace row with an id."""
    return {
        "id": f"t{number}",
        "input": f"where is parcel {number}?",
        "output": "delivery",
    } | fields


def jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


def imported(
    connection: Connection,
    *paths: Path,
    kind: Kind = Kind.CLASSIFICATION,
    name: str = "router",
    **options: Any,
) -> list[FileCounts]:
    return import_paths(connection, paths, Settings(name, reader(kind), **options))
