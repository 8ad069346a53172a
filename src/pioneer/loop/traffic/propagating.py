"""Corrections carried over to calls that nobody judged, where that has proved right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pioneer.data.rows import manifest_of, put, row_key
from pioneer.diagnosis.records import LogRow, Vectors
from pioneer.gates.cut import Part, Place
from pioneer.gates.propagation import KnownNeighbour, Propagation, propagation
from pioneer.loop.room import Room
from pioneer.loop.traffic.cycle import Cycle
from pioneer.loop.traffic.embedder import embedder
from pioneer.loop.traffic.kinship import strangers
from pioneer.loop.traffic.log import LONGEST, facts_of, row_id
from pioneer.loop.traffic.parts import DOUBTED
from pioneer.loop.traffic.propagated import Propagated
from pioneer.loop.traffic.served import Served, rows_of
from pioneer.records import Example
from pioneer.serving.model import answers, load_version
from pioneer.traces import store

_ASKED = 20
_BLOCK = 1_024
"""Rows of the matrix of similarities that are in memory at a time."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One that nobody judged."""

    trace: str
    row: Example
    """Without its right answer."""


@dataclass(frozen=True, slots=True)
class _Carried:
    """A call that the correction of another would change."""

    call: _Call
    source: LogRow
    similarity: float


def propagated(room: Room, cycle: Cycle, found: Served, rows: Sequence[LogRow]) -> Propagated:
    """To each call that nobody judged and that is like no call that judges, the correction of the
    training call most like it; all of them only where judged calls of groups that train say that
    this is right. Otherwise the nearest are asked about. Raises StoreError or RegistryError where
    the served version cannot be loaded."""
    sources = _sources(room, cycle, rows)
    calls = _unjudged(room, cycle)
    if not sources or not calls:
        return _result(room)
    with room.step("looking for calls that a correction fits"):
        rule = propagation(_known(room, cycle, rows, sources))
        room.say(f"corrections for calls that nobody judged: {rule.sentence}")
        near = _apart(room, cycle, found, _changed(room, cycle, calls, sources))
    if not rule.allowed:
        asked = [one.call.trace for one in near[:_ASKED]]
        return _result(room, rule, calls=len(near), asked=asked)
    close = [one for one in near if one.similarity >= rule.similarity]
    return _result(room, rule, _kept(room, cycle, close), len(near))


def _result(
    room: Room,
    rule: Propagation | None = None,
    taught: Sequence[Example] = (),
    calls: int = 0,
    asked: Sequence[str] = (),
) -> Propagated:
    return Propagated(
        room.artifacts.put_json(manifest_of(taught)),
        room.artifacts.put_json(list(asked)),
        calls,
        len(taught),
        rule.sentence if rule else "",
    )


def _sources(room: Room, cycle: Cycle, rows: Sequence[LogRow]) -> list[LogRow]:
    """The corrected calls that train as they were corrected and that nobody doubts."""
    assert cycle.parts is not None
    taught = {
        row.id: row.target
        for row in rows_of(room, cycle.parts.train)
        if not row.provenance.endswith(DOUBTED)
    }
    return [row for row in rows if row.answered != row.right and taught.get(row.id) == row.right]


def _unjudged(room: Room, cycle: Cycle) -> list[_Call]:
    """Those that are still in the store."""
    ids = room.read(tuple[str, ...], cycle.log.unjudged)
    with room.workspace.engine.connect() as connection:
        texts = store.inputs(connection, cycle.served.name, ids)
    return [
        _Call(name, Example(row_id(name), texts[name][:LONGEST], ""))
        for name in ids
        if texts.get(name, "").strip()
    ]


def _known(
    room: Room, cycle: Cycle, rows: Sequence[LogRow], sources: Sequence[LogRow]
) -> Iterator[KnownNeighbour]:
    """Judged calls of groups that train, whatever triage says of them, each with the correction of
    the call most like it in another group."""
    assert cycle.parts is not None
    places = room.read(dict[str, Place], cycle.parts.places)
    training = {name for name, place in places.items() if place.part is Part.TRAIN}
    judged = [row for row in rows if row.group in training]
    theirs = _vectors(room, cycle, [row.input for row in judged])
    near = _nearest(room, cycle, sources, theirs, [row.group for row in judged])
    for row, (source, similarity) in zip(judged, near, strict=True):
        if similarity > 0:
            yield KnownNeighbour(
                row.group, source.right or "", row.answered or "", row.right or "", similarity
            )


def _changed(
    room: Room, cycle: Cycle, calls: Sequence[_Call], sources: Sequence[LogRow]
) -> list[_Carried]:
    """The calls that the served version answers otherwise than the correction nearest to them; the
    nearest first."""
    texts = [call.row.input for call in calls]
    near = _nearest(room, cycle, sources, _vectors(room, cycle, texts), [""] * len(calls))
    said = answers(load_version(room.workspace, cycle.served), texts, room.listen)
    found = [
        _Carried(call, source, similarity)
        for call, answer, (source, similarity) in zip(calls, said, near, strict=True)
        if answer.output != source.right
    ]
    return sorted(found, key=lambda one: (-one.similarity, one.call.trace))


def _apart(room: Room, cycle: Cycle, found: Served, near: Sequence[_Carried]) -> list[_Carried]:
    """One a group, of groups that nothing judged, learned or tested is in."""
    groups = strangers(room, cycle.log, found, [one.call.row for one in near])
    first: dict[str, _Carried] = {}
    for one in near:
        if one.call.row.id in groups:
            first.setdefault(groups[one.call.row.id], one)
    return list(first.values())


def _nearest(
    room: Room, cycle: Cycle, sources: Sequence[LogRow], theirs: Vectors, barred: Sequence[str]
) -> list[tuple[LogRow, float]]:
    """For each vector the source most like it by cosine, but for those of the group barred to it;
    where none is left the similarity is -1."""
    ours = _vectors(room, cycle, [source.input for source in sources])
    groups, found = np.array([source.group for source in sources]), []
    for start in range(0, len(theirs), _BLOCK):
        part = slice(start, start + _BLOCK)
        alike = theirs[part] @ ours.T
        alike[np.array(barred[part])[:, None] == groups] = -1.0
        best = alike.argmax(axis=1)
        found += [(sources[at], float(alike[row, at])) for row, at in enumerate(best)]
    return found


def _vectors(room: Room, cycle: Cycle, texts: Sequence[str]) -> Vectors:
    """[texts, features], of length 1"""
    threads = cycle.request.threads * cycle.request.workers
    base = cycle.served.card.recipe.base
    found = embedder(base, room.workspace.cache, threads, room.listen)(texts)
    unit: Vectors = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return unit


def _kept(room: Room, cycle: Cycle, close: Sequence[_Carried]) -> list[Example]:
    """Rows in the group of the correction, so that whatever holds it out holds them out too; each
    is stored with the traces that its text and its answer go back to."""
    facts = facts_of(room, cycle.log)
    found, made = [], dict[str, list[str]]()
    for one in close:
        trace, text = one.call.trace, one.call.row.input
        provenance = store.carried(trace, facts[one.source.id].trace)
        row = Example(row_id(trace), text, one.source.right or "", one.source.group, provenance)
        found.append(row)
        made[trace] = [row_key(row)]
    with room.workspace.engine.begin() as connection:
        put(connection, found)
        store.derive(connection, cycle.served.name, made)
    return found
