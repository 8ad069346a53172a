"""Corrections carried over to calls that nobody judged, where that has proved right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pioneer.curriculum.doubted import is_doubted
from pioneer.data.rows import manifest_of, put, row_key
from pioneer.diagnosis.records import Embedder, LogRow, Vectors
from pioneer.diagnosis.texts import sound
from pioneer.gates.cut import Place, trains
from pioneer.gates.propagation import KnownNeighbour, propagation
from pioneer.loop.room import Room
from pioneer.loop.traffic.cycle import Cycle
from pioneer.loop.traffic.embedder import embedder_of
from pioneer.loop.traffic.kinship import Kinship, strangers
from pioneer.loop.traffic.log import LONGEST, facts_of, row_id, trace_id
from pioneer.loop.traffic.propagated import Propagated
from pioneer.loop.traffic.served import Served, rows_of
from pioneer.records import Example
from pioneer.serving.model import answers, load_version
from pioneer.traces import reading, store

_ASKED, _LOOKED = 20, 200
"""Calls that a human is asked about, of so many that are nearest to a correction."""
_BLOCK = 1_024
"""Rows of the matrix of similarities that are in memory at a time."""
_UNLIKE = (
    "judged calls that are mostly failures cannot tell what is right for calls that nobody judged"
)


@dataclass(frozen=True, slots=True)
class _Corrections:
    """The corrected calls that others are held against."""

    sources: Sequence[LogRow]
    embed: Embedder
    vectors: Vectors
    """[sources, features]"""

    def nearest(
        self, texts: Sequence[str], barred: Sequence[str] = ()
    ) -> list[tuple[LogRow, float]]:
        """For each text the source most like it by cosine. `barred`: for each a group whose sources
        do not count; where none is left the similarity is -1."""
        if not texts:
            return []
        theirs, found = self.embed(texts), []
        groups = np.array([source.group for source in self.sources])
        for start in range(0, len(texts), _BLOCK):
            part = slice(start, start + _BLOCK)
            alike = theirs[part] @ self.vectors.T
            if barred:
                alike[np.array(barred[part])[:, None] == groups] = -1.0
            best = alike.argmax(axis=1)
            found += [(self.sources[at], float(alike[row, at])) for row, at in enumerate(best)]
        return found


@dataclass(frozen=True, slots=True)
class _Near:
    """A call, and the correction most like it."""

    call: Example
    source: LogRow
    similarity: float


def propagated(
    room: Room, cycle: Cycle, kin: Kinship, found: Served, rows: Sequence[LogRow]
) -> Propagated:
    """To each call that nobody judged and that is like no call that was, the correction of the
    training call most like it; but only where judged calls say that this is right. Otherwise the
    nearest are asked about. Raises StoreError or RegistryError where the served version cannot be
    loaded."""
    sources = _sources(room, cycle, rows)
    calls = _unjudged(room, cycle)
    if not sources or not calls:
        return _result(room)
    with room.step("looking for calls that a correction fits"):
        embed = embedder_of(room, cycle.request, cycle.served)
        corrections = _Corrections(sources, embed, embed([row.input for row in sources]))
        rule = propagation(_known(room, cycle, kin, corrections, rows))
        usual = _like_traffic(cycle, rows)
        allowed, told = rule.allowed and usual, rule.sentence if usual else _UNLIKE
        room.say(f"corrections for calls that nobody judged: {told}")
        near = _by_nearness(corrections, calls)
        if allowed:
            near = [one for one in near if one.similarity >= rule.similarity]
        else:
            near = near[:_LOOKED]
        chosen = _apart(room, cycle, found, _changed(room, cycle, near))
    if allowed:
        return _result(room, told, _kept(room, cycle, chosen), len(chosen))
    return _result(room, told, calls=len(chosen), asked=chosen[:_ASKED])


def _result(
    room: Room,
    told: str = "",
    taught: Sequence[Example] = (),
    calls: int = 0,
    asked: Sequence[_Near] = (),
) -> Propagated:
    traces = [trace_id(one.call.id) for one in asked]
    manifest = room.artifacts.put_json(manifest_of(taught))
    return Propagated(manifest, room.artifacts.put_json(traces), calls, len(taught), told)


def _like_traffic(cycle: Cycle, rows: Sequence[LogRow]) -> bool:
    """Whether judged calls are drawn as the others are: not where failures were picked."""
    return cycle.request.failure_share is None and any(row.answered == row.right for row in rows)


def _sources(room: Room, cycle: Cycle, rows: Sequence[LogRow]) -> list[LogRow]:
    """The corrected calls that train and that nobody doubts."""
    assert cycle.parts is not None
    taught = {row.id for row in rows_of(room, cycle.parts.train) if not is_doubted(row)}
    return [row for row in rows if row.answered != row.right and row.id in taught]


def _unjudged(room: Room, cycle: Cycle) -> list[Example]:
    """Those that are still in the store, without their right answers. Texts that are poison
    whatever their answer are left out, as triage would."""
    ids = room.read(tuple[str, ...], cycle.log.unjudged) if cycle.log.unjudged else ()
    with room.workspace.engine.connect() as connection:
        found = list(reading.named(connection, cycle.served.name, ids))
    return [
        Example(row_id(trace.id), trace.input[:LONGEST], "", trace.parent or "")
        for trace in found
        if sound(trace.input[:LONGEST])
    ]


def _known(
    room: Room,
    cycle: Cycle,
    kin: Kinship,
    corrections: _Corrections,
    rows: Sequence[LogRow],
) -> Iterator[KnownNeighbour]:
    """Judged calls that do not judge, whatever triage says of them, each with the correction of the
    call most like it in another group."""
    assert cycle.parts is not None
    places = room.read(dict[str, Place], cycle.parts.places)
    free = [row for row in rows if row.group not in kin.tested and trains(places, row.group)]
    near = corrections.nearest([row.input for row in free], [row.group for row in free])
    for row, (source, similarity) in zip(free, near, strict=True):
        if similarity > 0:
            yield KnownNeighbour(
                row.group, source.right or "", row.answered or "", row.right or "", similarity
            )


def _by_nearness(corrections: _Corrections, calls: Sequence[Example]) -> list[_Near]:
    """Every call, the nearest to a correction first."""
    near = corrections.nearest([call.input for call in calls])
    found = [_Near(call, *one) for call, one in zip(calls, near, strict=True)]
    return sorted(found, key=lambda one: (-one.similarity, one.call.id))


def _changed(room: Room, cycle: Cycle, near: Sequence[_Near]) -> list[_Near]:
    """Those that the served version answers otherwise than the correction."""
    if not near:
        return []
    model = load_version(room.workspace, cycle.served)
    said = answers(model, [one.call.input for one in near], room.listen)
    pairs = zip(near, said, strict=True)
    return [one for one, answer in pairs if answer.output != one.source.right]


def _apart(room: Room, cycle: Cycle, found: Served, near: Sequence[_Near]) -> list[_Near]:
    """One a group, of groups that hold nothing that was judged, learned or sealed."""
    groups = strangers(room, cycle.log, found, [one.call for one in near])
    first: dict[str, _Near] = {}
    for one in near:
        if one.call.id in groups:
            first.setdefault(groups[one.call.id], one)
    return list(first.values())


def _kept(room: Room, cycle: Cycle, near: Sequence[_Near]) -> list[Example]:
    """Rows in the group of the correction, so that whatever holds it out holds them out too; each
    is stored with the traces that its text and its answer go back to."""
    facts, name = facts_of(room, cycle.log), cycle.served.name
    found, made = [], []
    for one in near:
        text, answer = trace_id(one.call.id), facts[one.source.id].trace
        provenance = store.carried_provenance(name, text, answer)
        row = Example(
            one.call.id, one.call.input, one.source.right or "", one.source.group, provenance
        )
        found.append(row)
        made.append((row_key(row), text, answer))
    with room.workspace.engine.begin() as connection:
        put(connection, found)
        store.carry(connection, name, made)
    return found
