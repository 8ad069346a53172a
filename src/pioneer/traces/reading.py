"""What is in the trace store, read page by page so that memory is bounded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.sql import ColumnElement

from pioneer.errors import RegistryError
from pioneer.judges.standing import standing
from pioneer.records import Ruling, Span, Target, Trace, Verdict
from pioneer.store.schema import trace_imports, traces, verdicts
from pioneer.traces.store import batches

_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many traces there are, by the verdict that counts."""

    total: int = 0
    rulings: Mapping[str, int] = field(default_factory=dict)


def imports(connection: Connection, name: str) -> list[dict[str, Any]]:
    """Every file that was read, oldest first, with what happened to its rows."""
    query = select(trace_imports).where(trace_imports.c.name == name).order_by(trace_imports.c.seq)
    return [
        {"file": row.file, "format": row.format, "at": row.at} | json.loads(row.counts)
        for row in connection.execute(query)
    ]


def find(connection: Connection, trace: str, name: str | None = None) -> tuple[str, int, Trace]:
    """(model, number, trace) by id. Raises RegistryError where there is none, or several models
    have one and none is named."""
    query = select(traces).where(traces.c.id == trace)
    if name is not None:
        query = query.where(traces.c.name == name)
    found = connection.execute(query.order_by(traces.c.name).limit(2)).all()
    if not found:
        hint = "`pioneer traces list --model NAME` shows them"
        raise RegistryError(f"there is no trace {trace[:80]!r}", hint=hint)
    if len(found) > 1:
        models = " and ".join(row.name for row in found)
        raise RegistryError(f"{models} both have a trace {trace[:80]!r}", hint="add --model NAME")
    row = found[0]
    history = histories(connection, [row.seq]).get(row.seq, [])
    return row.name, row.seq, _trace(row, history)


def children(connection: Connection, name: str, parent: str) -> list[int]:
    """The numbers of the first two traces of one larger request."""
    query = select(traces.c.seq).where(traces.c.name == name, traces.c.parent == parent)
    return list(connection.execute(query.order_by(traces.c.seq).limit(2)).scalars())


def by_number(connection: Connection, seq: int) -> Trace:
    row = connection.execute(select(traces).where(traces.c.seq == seq)).one()
    return _trace(row, histories(connection, [seq]).get(seq, []))


def stream(connection: Connection, name: str, after: int = 0) -> Iterator[Trace]:
    """All traces of a model in order of import, each with the verdict that counts."""
    for row, history in _paged(connection, name, after):
        yield _trace(row, history)


def stream_histories(connection: Connection, name: str) -> Iterator[tuple[Trace, list[Verdict]]]:
    """All traces of a model with everything that was said of each, oldest word first."""
    for row, history in _paged(connection, name, 0):
        yield _trace(row, history), history


def some(
    connection: Connection, condition: ColumnElement[bool], *order: Any, limit: int
) -> list[tuple[int, Trace]]:
    """The first traces under a condition, with their numbers."""
    found = connection.execute(select(traces).where(condition).order_by(*order).limit(limit)).all()
    said = histories(connection, [row.seq for row in found])
    return [(row.seq, _trace(row, said.get(row.seq, []))) for row in found]


def named(connection: Connection, name: str, ids: Sequence[str]) -> Iterator[Trace]:
    """The traces of a model with these ids that are there, in order of import within a batch."""
    for batch in batches(ids):
        wanted = (traces.c.name == name) & traces.c.id.in_(batch)
        for _, trace in some(connection, wanted, traces.c.seq, limit=len(batch)):
            yield trace


def histories(connection: Connection, seqs: Sequence[int]) -> dict[int, list[Verdict]]:
    """What was said of traces, oldest word first."""
    found: dict[int, list[Verdict]] = {}
    for batch in batches(list(dict.fromkeys(seqs))):
        query = select(verdicts).where(verdicts.c.trace.in_(batch)).order_by(verdicts.c.seq)
        for row in connection.execute(query):
            found.setdefault(row.trace, []).append(_verdict(row))
    return found


def judged(connection: Connection, name: str) -> Iterator[list[Verdict]]:
    """The histories of the traces that a human has judged."""
    query = (
        select(verdicts.c.trace)
        .join(traces, traces.c.seq == verdicts.c.trace)
        .where(traces.c.name == name, verdicts.c.human)
        .distinct()
    )
    for batch in batches(list(connection.execute(query).scalars())):
        yield from histories(connection, batch).values()


def newest(
    connection: Connection, name: str, limit: int, ruling: Ruling | None = None
) -> list[Trace]:
    """The last traces that were imported, the last first; of those with a ruling, if one is asked
    for."""
    found: list[Trace] = []
    before = None
    while len(found) < limit:
        mine = _named(name)
        page = some(
            connection,
            mine if before is None else mine & (traces.c.seq < before),
            traces.c.seq.desc(),
            limit=_PAGE if ruling else limit,
        )
        if not page:
            break
        found += [
            trace
            for _, trace in page
            if ruling is None or (trace.verdict is not None and trace.verdict.ruling is ruling)
        ]
        before = page[-1][0]
    return found[:limit]


def count(connection: Connection, name: str) -> Counts:
    """Traces by the verdict that counts; 'none' is those that nobody was asked about."""
    found = total(connection, name)
    rulings: Counter[str] = Counter()
    columns = (verdicts.c.trace, verdicts.c.ruling, verdicts.c.judge, verdicts.c.at)
    query = (
        select(*columns)
        .join(traces, traces.c.seq == verdicts.c.trace)
        .where(traces.c.name == name)
        .order_by(verdicts.c.trace, verdicts.c.seq)
        .execution_options(yield_per=_PAGE)
    )
    for _, words in groupby(connection.execute(query), key=itemgetter(0)):
        history = [Verdict(Ruling(word[1]), word[2], at=word[3]) for word in words]
        counts = standing(history)
        rulings[counts.ruling.value if counts else "none"] += 1
    if unasked := found - rulings.total():
        rulings["none"] = unasked
    return Counts(found, dict(rulings))


def total(connection: Connection, name: str) -> int:
    mine = select(func.count()).select_from(traces).where(traces.c.name == name)
    return int(connection.execute(mine).scalar_one())


def _named(name: str) -> ColumnElement[bool]:
    """Written so that no index on names is used: with one, a database may collect all traces of a
    model and sort them for every page, instead of going on along their numbers."""
    return traces.c.name.concat("") == name


def _paged(
    connection: Connection, name: str, after: int
) -> Iterator[tuple[Row[Any], list[Verdict]]]:
    """Page by page, so that memory is bounded, each trace with its history."""
    while True:
        query = select(traces).where(_named(name), traces.c.seq > after)
        rows = connection.execute(query.order_by(traces.c.seq).limit(_PAGE)).all()
        if not rows:
            return
        said: dict[int, list[Verdict]] = {}
        spoken = select(verdicts).where(verdicts.c.trace.between(rows[0].seq, rows[-1].seq))
        for row in connection.execute(spoken.order_by(verdicts.c.seq)):
            said.setdefault(row.trace, []).append(_verdict(row))
        for row in rows:
            yield row, said.get(row.seq, [])
        after = rows[-1].seq


def _trace(row: Row[Any], history: Sequence[Verdict]) -> Trace:
    counts = standing(history)
    return Trace(
        id=row.id,
        input=row.input,
        output=_target(row.output),
        time=row.time,
        model=row.model,
        confidence=row.confidence,
        metadata=json.loads(row.metadata),
        parent=row.parent,
        expected=None if counts is None else counts.expected,
        verdict=counts,
    )


def _verdict(row: Row[Any]) -> Verdict:
    expected = None if row.expected is None else _target(row.expected)
    return Verdict(Ruling(row.ruling), row.judge, row.reason, expected, row.at)


def _target(text: str) -> Target | None:
    value = json.loads(text)
    if isinstance(value, list):
        return tuple(Span(one["start"], one["end"], one["label"]) for one in value)
    return value if value is None or isinstance(value, str) else str(value)
