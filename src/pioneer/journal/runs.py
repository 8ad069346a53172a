"""Runs: recorded with their arguments before anything heavy happens, then told by their events."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from pioneer.errors import RegistryError
from pioneer.records import canonical
from pioneer.store.schema import runs


class RunStatus(StrEnum):
    RUNNING = "running"
    """Started and not ended: at work now, or interrupted and resumable."""
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Run:
    id: str
    command: str
    arguments: Mapping[str, Any]
    status: RunStatus
    created: float
    result: Any | None


def start(engine: Engine, command: str, arguments: Mapping[str, Any]) -> Run:
    """Record a new run."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    run = Run(
        f"{stamp}-{secrets.token_hex(4)}", command, arguments, RunStatus.RUNNING, time.time(), None
    )
    with engine.begin() as connection:
        connection.execute(
            insert(runs).values(
                id=run.id,
                command=command,
                arguments=canonical(dict(arguments)),
                status=run.status.value,
                created=run.created,
            )
        )
    return run


def finish(connection: Connection, run: str, status: RunStatus, result: Any) -> None:
    """Close a run with what its command prints."""
    connection.execute(
        update(runs)
        .where(runs.c.id == run)
        .values(status=status.value, result=json.dumps(result, ensure_ascii=False))
    )


def reopen(engine: Engine, run: str) -> None:
    """Make a failed run resumable again."""
    with engine.begin() as connection:
        connection.execute(
            update(runs).where(runs.c.id == run).values(status=RunStatus.RUNNING.value, result=None)
        )


def all_runs(engine: Engine) -> list[Run]:
    """Newest last."""
    with engine.connect() as connection:
        found = connection.execute(select(runs).order_by(runs.c.created, runs.c.id)).all()
    return [_run(row) for row in found]


def find_run(engine: Engine, run: str) -> Run:
    query = select(runs).where(runs.c.id == run)
    with engine.connect() as connection:
        row = connection.execute(query).first() if run.isascii() else None
    if row is None:
        raise RegistryError(f"there is no run {run!r}", hint="`pioneer runs list` shows them")
    return _run(row)


def to_resume(engine: Engine) -> Run:
    """The newest unfinished run; if there is none, the newest finished one."""
    known = all_runs(engine)
    open_ones = [run for run in known if run.status is RunStatus.RUNNING]
    closed = [run for run in known if run.status is RunStatus.FINISHED]
    for candidates in (open_ones, closed):
        if candidates:
            return candidates[-1]
    raise RegistryError("there is no run to resume", hint="`pioneer runs list` shows all runs")


def _run(row: Row[Any]) -> Run:
    return Run(
        row.id,
        row.command,
        json.loads(row.arguments),
        RunStatus(row.status),
        row.created,
        None if row.result is None else json.loads(row.result),
    )
