"""The trace store: plain SQL, on SQLite or PostgreSQL.

All functions work inside the caller's transaction, and one process writes at a time (the lock of
the workspace). Traces are numbered in the order of their import (`seq`).
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert, delete, func, insert, or_, select
from sqlalchemy.sql.compiler import SQLCompiler

from pioneer.records import Trace, Verdict
from pioneer.store.schema import carried, derived, forgotten, trace_imports, traces, verdicts
from pioneer.traces.jsontext import as_json

_BATCH = 500  # bound variables of one statement; SQLite's oldest limit is 999

_MADE_FROM = "trace:"
_CARRIED = re.compile(rf"{_MADE_FROM}.* carried:([0-9a-f]{{64}})", re.DOTALL)
T = TypeVar("T")


@dataclass(slots=True)
class Added:
    """What became of a batch."""

    new: int = 0
    known: int = 0
    clashing: int = 0
    """Known by id, but with another text: the first one is kept."""
    forgotten: int = 0
    verdicts: int = 0


def begin_import(connection: Connection, name: str, file: str, form: str) -> int:
    """Note that a file is read; `end_import` adds what happened."""
    row = {"name": name, "file": file, "format": form, "at": time.time(), "counts": "{}"}
    found = connection.execute(insert(trace_imports).values(**row).returning(trace_imports.c.seq))
    return int(found.scalar_one())


def end_import(connection: Connection, seq: int, counts: Mapping[str, Any]) -> None:
    connection.execute(
        trace_imports.update()
        .where(trace_imports.c.seq == seq)
        .values(counts=json.dumps(counts, ensure_ascii=False))
    )


def add(
    connection: Connection,
    name: str,
    batch: Sequence[tuple[Trace, Sequence[Verdict]]],
    barred: Collection[str] = (),
    ids: Sequence[str] | None = None,
) -> Added:
    """Add what is not there yet. Of a trace that is there, only verdicts that nobody has given are
    added. `ids`, one per trace, replace those of the traces; `barred` comes from `forgotten_ids`.
    """
    added = Added()
    ids = [trace.id for trace, _ in batch] if ids is None else ids
    known = _known(connection, name, ids)
    told = _told(connection, [there.seq for there in known.values()])
    last = connection.execute(select(func.max(traces.c.seq))).scalar() or 0
    rows: list[dict[str, Any]] = []
    words: list[dict[str, Any]] = []
    now = time.time()
    for id_, (trace, said) in zip(ids, batch, strict=True):
        if barred and forgotten_key(name, id_) in barred:
            added.forgotten += 1
            continue
        there = known.get(id_)
        if there is None:
            last += 1
            there = known[id_] = _There(last, trace.input)
            rows.append(_columns(last, name, id_, trace))
            if not said:
                continue
        else:
            added.known += 1
            added.clashing += there.input != trace.input
        for verdict in said:
            word = _word(there.seq, verdict, now)
            if _is_new(word, told):
                words.append(word)
    _insert(connection, rows, words)
    added.new, added.verdicts = len(rows), len(words)
    return added


def say(connection: Connection, said: Sequence[tuple[int, Verdict]], *, again: bool = False) -> int:
    """Add verdicts on traces by their number; returns how many are new.

    `again` also adds what the same judge has said before in the same words.
    """
    told = {} if again else _told(connection, [seq for seq, _ in said])
    words = []
    for seq, verdict in said:
        word = _word(seq, verdict, time.time())
        if again or _is_new(word, told):
            words.append(word)
    _insert(connection, [], words)
    return len(words)


def numbers(connection: Connection, name: str, ids: Iterable[str]) -> dict[str, int]:
    """The numbers of traces by id; ids that are not there are left out."""
    return {id_: there.seq for id_, there in _known(connection, name, list(ids)).items()}


def provenance(trace: str, what: str = "") -> str:
    """What stands in a manifest as the provenance of a row that was made from a trace."""
    return f"{_MADE_FROM}{trace} {what}".rstrip()


def made_from(provenance: str, trace: str | None = None) -> bool:
    """Whether a row was made from this trace; from any, where none is named."""
    said = provenance.removeprefix(_MADE_FROM)
    if trace is None or not provenance.startswith(_MADE_FROM):
        return provenance.startswith(_MADE_FROM)
    return said == trace or said.startswith(f"{trace} ")


def carried_provenance(name: str, trace: str, source: str) -> str:
    """The same for a row whose text is of one trace, and whose answer is another's."""
    return provenance(trace, f"carried:{forgotten_key(name, source)}")


def is_carried(provenance: str, name: str = "", source: str | None = None) -> bool:
    """Whether a row has its answer from another trace: from this one, where one is named."""
    found = _CARRIED.fullmatch(provenance)
    return found is not None and (source is None or found[1] == forgotten_key(name, source))


def carry(connection: Connection, name: str, made: Iterable[tuple[str, str, str]]) -> None:
    """Note of keys of the row store the traces (by id) of which the text and the answer are."""
    triples = list(made)
    known = numbers(connection, name, {trace for _, *both in triples for trace in both})
    found = {
        (key, known[text], known[answer])
        for key, text, answer in triples
        if text in known and answer in known
    }
    there = {
        tuple(row)
        for batch in batches(sorted({text for _, text, _ in found}))
        for row in connection.execute(select(carried).where(carried.c.text.in_(batch)))
    }
    rows = [dict(zip(("key", "text", "answer"), one, strict=True)) for one in sorted(found - there)]
    if rows:
        connection.execute(insert(carried), rows)


def derive(connection: Connection, name: str, made: Mapping[str, Iterable[str]]) -> None:
    """Note which keys of the row store were made from which trace (by id)."""
    known = numbers(connection, name, made)
    there = {
        (row.trace, row.key)
        for batch in batches(list(known.values()))
        for row in connection.execute(select(derived).where(derived.c.trace.in_(batch)))
    }
    pairs = {(known[trace], key) for trace, keys in made.items() if trace in known for key in keys}
    rows = [{"trace": seq, "key": key} for seq, key in sorted(pairs - there)]
    if rows:
        connection.execute(insert(derived), rows)


def derived_keys(connection: Connection, seq: int) -> tuple[set[str], set[str]]:
    """The row-store keys made from a trace, by its text or its answer, and those of them that other
    traces gave as well."""
    either = or_(carried.c.text == seq, carried.c.answer == seq)
    own = {
        *connection.execute(select(derived.c.key).where(derived.c.trace == seq)).scalars(),
        *connection.execute(select(carried.c.key).where(either)).scalars(),
    }
    shared = {
        key
        for batch in batches(sorted(own))
        for query in (
            select(derived.c.key).where(derived.c.key.in_(batch), derived.c.trace != seq),
            select(carried.c.key).where(carried.c.key.in_(batch), ~either),
        )
        for key in connection.execute(query).scalars()
    }
    return own, shared


def remove(connection: Connection, name: str, seq: int, trace: str) -> int:
    """Delete a trace and what was said of it, and bar it from coming back; returns how many other
    traces have the same text."""
    same = (
        select(func.count())
        .select_from(traces)
        .where(
            traces.c.seq != seq,
            traces.c.input == select(traces.c.input).where(traces.c.seq == seq).scalar_subquery(),
        )
    )
    others = int(connection.execute(same).scalar_one())
    for table, column in (
        (verdicts, verdicts.c.trace),
        (derived, derived.c.trace),
        (carried, carried.c.text),
        (carried, carried.c.answer),
    ):
        connection.execute(delete(table).where(column == seq))
    connection.execute(delete(traces).where(traces.c.seq == seq))
    key = forgotten_key(name, trace)
    if key not in forgotten_ids(connection):
        connection.execute(insert(forgotten).values(trace=key, at=time.time()))
    return others


def forgotten_key(name: str, trace: str) -> str:
    """Under which a forgotten trace is barred: its id itself is gone."""
    return hashlib.sha256(f"{name}\0{trace}".encode("utf-8", "surrogatepass")).hexdigest()


def forgotten_ids(connection: Connection) -> set[str]:
    return set(connection.execute(select(forgotten.c.trace)).scalars())


@dataclass(frozen=True, slots=True)
class _There:
    seq: int
    input: str


def _known(connection: Connection, name: str, ids: Sequence[str]) -> dict[str, _There]:
    found: dict[str, _There] = {}
    columns = (traces.c.id, traces.c.seq, traces.c.input)
    for batch in batches(ids):
        query = select(*columns).where(traces.c.name == name, traces.c.id.in_(batch))
        found.update((row[0], _There(row[1], row[2])) for row in connection.execute(query))
    return found


def _told(connection: Connection, seqs: Sequence[int]) -> dict[int, set[tuple[Any, ...]]]:
    found: dict[int, set[tuple[Any, ...]]] = {}
    for batch in batches(seqs):
        query = select(verdicts).where(verdicts.c.trace.in_(batch))
        for row in connection.execute(query).mappings():
            found.setdefault(row["trace"], set()).add(_same(dict(row)))
    return found


def _is_new(word: Mapping[str, Any], told: dict[int, set[tuple[Any, ...]]]) -> bool:
    """Whether nobody has said it of this trace; from now on somebody has."""
    words = told.setdefault(word["trace"], set())
    before = len(words)
    words.add(_same(word))
    return len(words) > before


def _same(word: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two words of a history one: who said what, and why."""
    return word["ruling"], word["judge"], word["reason"], word["expected"]


def _columns(seq: int, name: str, id_: str, trace: Trace) -> dict[str, Any]:
    return {
        "seq": seq,
        "name": name,
        "id": id_,
        "parent": trace.parent,
        "time": trace.time,
        "model": trace.model,
        "input": trace.input,
        "output": as_json(trace.output),
        "confidence": trace.confidence,
        "metadata": as_json(trace.metadata),
    }


def _word(seq: int, verdict: Verdict, now: float) -> dict[str, Any]:
    return {
        "trace": seq,
        "ruling": verdict.ruling.value,
        "judge": verdict.judge,
        "human": verdict.human,
        "reason": verdict.reason,
        "expected": None if verdict.expected is None else as_json(verdict.expected),
        "at": now if verdict.at is None else verdict.at,
    }


def _insert(
    connection: Connection, rows: list[dict[str, Any]], words: list[dict[str, Any]]
) -> None:
    for table, values in ((traces, rows), (verdicts, words)):
        if values:
            _insert_all(connection, insert(table), values)


def _insert_all(connection: Connection, query: Insert, values: list[dict[str, Any]]) -> None:
    """One statement for all rows, handed to the driver as they are: every column is a number or
    text, so nothing needs SQLAlchemy's conversions, which would take a third of an import."""
    compiled = query.compile(dialect=connection.dialect, column_keys=list(values[0]))
    assert isinstance(compiled, SQLCompiler)
    if compiled.positiontup is None:
        connection.exec_driver_sql(str(compiled), values)
    else:
        order = itemgetter(*compiled.positiontup)
        connection.exec_driver_sql(str(compiled), [order(row) for row in values])


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))
