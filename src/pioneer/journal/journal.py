"""The journal of one run: append events, replay them, and do each stage once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Engine, func, insert, select

from pioneer.records import canonical, content_hash, dump, load
from pioneer.store.schema import events

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    seq: int
    at: float
    name: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Journal:
    """Append-only. What a stage returned is kept, so a resumed run does not do it again."""

    engine: Engine
    run: str

    def append(self, name: str, payload: Any) -> None:
        """Write one event; it is on disk when this returns."""
        with self.engine.begin() as connection:
            last = connection.execute(
                select(func.max(events.c.seq)).where(events.c.run == self.run)
            ).scalar()
            connection.execute(
                insert(events).values(
                    run=self.run,
                    seq=0 if last is None else last + 1,
                    at=time.time(),
                    name=name,
                    payload=canonical(payload),
                )
            )

    def entries(self, name: str | None = None) -> list[Entry]:
        query = select(events).where(events.c.run == self.run).order_by(events.c.seq)
        if name is not None:
            query = query.where(events.c.name == name)
        with self.engine.connect() as connection:
            found = connection.execute(query).all()
        return [Entry(row.seq, row.at, row.name, json.loads(row.payload)) for row in found]

    def stage(self, name: str, inputs: Any, returns: type[T], work: Callable[[], T]) -> T:
        """The result of `work`, done at most once for these inputs over all lives of the run.

        `returns` is the record type that the result is read back as.
        """
        key = content_hash(dump(inputs))
        for entry in self.entries("stage finished"):
            if entry.payload["stage"] == name and entry.payload["inputs"] == key:
                return load(returns, entry.payload["output"])
        self.append("stage started", {"stage": name, "inputs": key})
        began = time.monotonic()
        output = work()
        self.append(
            "stage finished",
            {
                "stage": name,
                "inputs": key,
                "output": dump(output),
                "seconds": time.monotonic() - began,
            },
        )
        return output
