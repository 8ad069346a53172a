"""What has to be done with a version: marks are added and never taken back. A version made anew has
a new number, and no mark."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from pioneer.registry.versions import Version
from pioneer.store.schema import marks as table

RETRAIN = "retrain"


@dataclass(frozen=True, slots=True)
class Mark:
    name: str
    version: int
    at: float
    mark: str
    reason: str


def mark(connection: Connection, version: Version, what: str, reason: str) -> None:
    """Mark a version; the reason must not hold what was forgotten."""
    row = {"name": version.name, "version": version.version, "at": time.time()}
    connection.execute(insert(table).values(**row, mark=what, reason=reason))


def marks(connection: Connection, name: str, version: int | None = None) -> list[Mark]:
    """The marks on a model's versions, oldest first."""
    query = select(table).where(table.c.name == name).order_by(table.c.seq)
    if version is not None:
        query = query.where(table.c.version == version)
    return [
        Mark(row.name, row.version, row.at, row.mark, row.reason)
        for row in connection.execute(query)
    ]
