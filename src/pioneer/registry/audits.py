"""The record of every production cycle: what was decided, on which rows, by which arithmetic."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, insert, select

from pioneer.records import canonical, load
from pioneer.store.schema import audits as table


@dataclass(frozen=True, slots=True)
class Refused:
    """A finalist that was looked at and not promoted."""

    recipe_hash: str
    reason: str


@dataclass(frozen=True, slots=True)
class Audit:
    """One cycle. Hashes name artefacts, which hold row ids and keys but no text."""

    run: str
    parent: int
    """The version that served."""
    version: int | None
    """The version that the cycle made; None where none was trained."""
    decision: str
    """promoted | hold | need_more_data"""
    reason: str
    places: str
    """Which group is sealed, gate, ratchet or train; the next cycle goes on from here."""
    opened: tuple[str, ...] = ()
    """The gate groups, where they were looked at."""
    rows: Mapping[str, str] = field(default_factory=dict)
    """Manifests by part: log, train, gate, ratchet, sealed, learned."""
    asked: str | None = None
    """Artefact: ids of the traces that only a human can settle."""
    similar: str | None = None
    """Artefact: ids of unjudged traces that a correction of another may be right for."""
    scored: str | None = None
    """What the version of this cycle answered to gate and ratchet rows."""
    gate: Mapping[str, Any] = field(default_factory=dict)
    """Every rule with its numbers."""
    refused: tuple[Refused, ...] = ()
    leaks: Mapping[str, int] = field(default_factory=dict)
    """Rows that were kept apart, and groups that reach from one part into another: none."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What became of the logged calls."""


def write(connection: Connection, name: str, audit: Audit) -> None:
    """Add the record of a run; a run has one."""
    row = {"name": name, "run": audit.run, "at": time.time(), "record": canonical(audit)}
    connection.execute(insert(table).values(**row))


def audits(connection: Connection, name: str) -> list[Audit]:
    """The cycles of a model, oldest first."""
    return [audit for _, audit in dated(connection, name)]


def dated(connection: Connection, name: str) -> list[tuple[float, Audit]]:
    """The cycles, each with when it ended (seconds since 1970, UTC)."""
    query = select(table.c.at, table.c.record).where(table.c.name == name).order_by(table.c.seq)
    return [(row.at, load(Audit, json.loads(row.record))) for row in connection.execute(query)]
