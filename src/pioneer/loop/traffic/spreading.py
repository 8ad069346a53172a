"""Corrections carried over to calls that nobody judged, where that has proved right."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pioneer.data.rows import manifest_of, put, row_key
from pioneer.diagnosis.records import Decision, LogRow, Vectors
from pioneer.gates.cut import Part, Place
from pioneer.gates.propagation import HeldOutPair, Propagation, nearest, propagation
from pioneer.loop.room import Room
from pioneer.loop.traffic.cycle import Cycle
from pioneer.loop.traffic.embedder import embedder
from pioneer.loop.traffic.kinship import Kinship
from pioneer.loop.traffic.log import Silent, facts_of, silent_of
from pioneer.loop.traffic.served import rows_of
from pioneer.loop.traffic.spread import Spread
from pioneer.records import Example
from pioneer.serving.model import answers, load_version
from pioneer.traces import store


@dataclass(frozen=True, slots=True)
class _Near:
    """The correction nearest to each of some calls, and how near."""

    corrections: Sequence[LogRow]
    at: Sequence[int]
    similarity: Sequence[float]

    def __iter__(self) -> Iterator[tuple[LogRow, float]]:
        return ((self.corrections[at], s) for at, s in zip(self.at, self.similarity, strict=True))


def spread(room: Room, cycle: Cycle, kin: Kinship, rows: Sequence[LogRow]) -> Spread:
    """Calls that nobody judged, with the correction of the call most like them: from calls that
    train, to calls whose groups do not judge, and only where held-out pairs say it is right."""
    corrections, kept = _corrections(room, cycle, rows)
    silent = _free(room, cycle, kin)
    if not corrections or not silent:
        return Spread(room.artifacts.put_json(manifest_of(())), len(silent), 0)
    vectors = _vectors(room, cycle, [*corrections, *kept, *silent])
    ours = vectors[: len(corrections)]
    judged = vectors[len(corrections) : len(corrections) + len(kept)]
    others = [{row.group} for row in kept]
    found = _tested(kept, _near(corrections, ours, judged, others))
    room.say(f"corrections for calls that nobody judged: {found.sentence}")
    taught: list[Example] = []
    if found.allowed:
        near = _near(corrections, ours, vectors[-len(silent) :], [set()] * len(silent))
        taught = _taught(room, cycle, kin, silent, near, found.similarity)
    return Spread(
        room.artifacts.put_json(manifest_of(taught)), len(silent), len(taught), found.sentence
    )


def _corrections(
    room: Room, cycle: Cycle, rows: Sequence[LogRow]
) -> tuple[list[LogRow], list[LogRow]]:
    """Calls that train and were corrected, and all calls that triage keeps."""
    assert cycle.triage is not None
    assert cycle.parts is not None
    said = cycle.triage.read(room)
    taught = {row.id for row in rows_of(room, cycle.parts.train)}
    kept = [row for row in rows if said[row.id].decision is Decision.KEEP]
    return [row for row in kept if row.id in taught and row.answered != row.right], kept


def _free(room: Room, cycle: Cycle, kin: Kinship) -> list[Silent]:
    """Unjudged calls of groups that neither judge nor are sealed, one a group."""
    assert cycle.parts is not None
    places = room.read(dict[str, Place], cycle.parts.places)
    closed = {name for name, place in places.items() if place.part is not Part.TRAIN} | kin.tested
    found = {kin.groups[one.id]: one for one in silent_of(room, cycle.log)}
    return [one for group, one in sorted(found.items()) if group not in closed]


def _vectors(room: Room, cycle: Cycle, calls: Sequence[LogRow | Silent]) -> Vectors:
    threads = cycle.request.threads * cycle.request.workers
    base = cycle.served.card.recipe.base
    embed = embedder(base, room.workspace.cache, threads, room.listen)
    found = embed([call.input for call in calls])
    sizes = np.linalg.norm(found, axis=1, keepdims=True)
    unit: Vectors = found / np.maximum(sizes, 1e-9)
    return unit


def _near(
    corrections: Sequence[LogRow],
    ours: Vectors,
    theirs: Vectors,
    barred: Sequence[Collection[str]],
) -> _Near:
    """`barred`: groups whose corrections do not count, for each of the calls."""
    alike = theirs @ ours.T
    groups = np.array([row.group for row in corrections])
    for at, names in enumerate(barred):
        for name in names:
            alike[at, groups == name] = -1.0
    best = alike.argmax(axis=1)
    return _Near(
        corrections, best.tolist(), alike[np.arange(len(best)), best].astype(float).tolist()
    )


def _tested(kept: Sequence[LogRow], near: _Near) -> Propagation:
    pairs = [
        HeldOutPair(row.group, _right(one), row.answered or "", _right(row), similarity)
        for row, (one, similarity) in zip(kept, near, strict=True)
        if similarity > 0
    ]
    return propagation(nearest(pairs))


def _right(row: LogRow) -> str:
    return row.right or ""


def _taught(
    room: Room,
    cycle: Cycle,
    kin: Kinship,
    silent: Sequence[Silent],
    near: _Near,
    least: float,
) -> list[Example]:
    """Stored, each with the traces that its text and its answer go back to."""
    facts = facts_of(room, cycle.log)
    close = [
        (call, one)
        for call, (one, similarity) in zip(silent, near, strict=True)
        if similarity >= least
    ]
    model = load_version(room.workspace, cycle.served)
    said = answers(model, [call.input for call, _ in close], room.listen)
    found, made = [], dict[str, list[str]]()
    for (call, one), answer in zip(close, said, strict=True):
        if answer.output == one.right:
            continue
        provenance = store.carried(call.trace, facts[one.id].trace)
        row = Example(call.id, call.input, _right(one), kin.groups[call.id], provenance)
        found.append(row)
        made[call.trace] = [row_key(row)]
    with room.workspace.engine.begin() as connection:
        put(connection, found)
        store.derive(connection, cycle.served.name, made)
    return found
