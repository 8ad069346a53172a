"""Weakness or stray: variations of failed calls, asked of the served version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from pioneer.curriculum.twins import Vary, variation
from pioneer.data.rows import manifest_of, put, row_key
from pioneer.diagnosis.clusters import Members, gathered, namer
from pioneer.diagnosis.records import Decision, LogRow
from pioneer.families import family
from pioneer.families.lots import lot
from pioneer.gates.cut import Part, Place
from pioneer.gates.probes import SOURCES_LEAST, Finding, Probe, probed
from pioneer.loop.room import Room
from pioneer.loop.traffic.cycle import Cycle
from pioneer.loop.traffic.embedder import embedder_of
from pioneer.loop.traffic.kinship import Kinship
from pioneer.loop.traffic.log import facts_of
from pioneer.loop.traffic.probed import Probes, Weakness
from pioneer.loop.traffic.served import rows_of
from pioneer.records import Example
from pioneer.registry.versions import Version
from pioneer.serving.model import answers, load_version
from pioneer.traces import store

CLUSTERS, SOURCES, VARIATIONS = 12, 30, 4
"""The largest clusters, calls of each, variations of a call."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """Variations of calls by the id of the call."""

    of: Mapping[str, Sequence[Example]]
    failed: frozenset[str]
    """Ids of variations that the served version gets wrong."""

    def probes(self, calls: Sequence[LogRow]) -> Iterator[Probe]:
        for call in calls:
            for one in self.of[call.id]:
                yield Probe(call.group, one.id not in self.failed)

    def failing(self, calls: Sequence[LogRow]) -> Iterator[Example]:
        """One of each call, where one fails."""
        for call in calls:
            yield from [one for one in self.of[call.id] if one.id in self.failed][:1]


def probes(room: Room, cycle: Cycle, kin: Kinship, rows: Sequence[LogRow]) -> Probes:
    """Of the clusters among the calls that train. Raises StoreError or RegistryError where the
    served version cannot be loaded."""
    calls = _learnable(room, cycle, rows)
    largest = _clusters(room, cycle, calls)
    if not largest:
        return Probes((), room.artifacts.put_json(manifest_of(())), 0)
    seed = cycle.request.seed
    sources = [_by_lot(one.rows, seed)[:SOURCES] for one in largest]
    passing = _by_lot((call for call in calls if call.answered == call.right), seed)
    controls = [_matched(part, passing) for part in sources]
    wanted = {call.id for part in (*sources, *controls) for call in part}
    examples = [row for row in rows_of(room, cycle.log.rows) if row.id in wanted]
    grouped = [replace(row, group=kin.groups[row.id]) for row in examples]
    tried = _tried(room, cycle.served, grouped, seed)
    name = namer(calls)
    clusters = tuple(
        _weakness(one, name(one.rows), tried.probes(part), tried.probes(control))
        for one, part, control in zip(largest, sources, controls, strict=True)
    )
    for one in clusters:
        room.say(f"failures about {one.name}: {one.found.sentence}")
    failing = [
        row
        for part, one in zip(sources, clusters, strict=True)
        if one.found.finding is Finding.SYSTEMATIC
        for row in tried.failing(part)
    ]
    _keep(room, cycle, failing)
    manifest = room.artifacts.put_json(manifest_of(failing))
    return Probes(clusters, manifest, sum(map(len, tried.of.values())))


def _learnable(room: Room, cycle: Cycle, rows: Sequence[LogRow]) -> list[LogRow]:
    """The calls that triage keeps, of groups that train."""
    assert cycle.triage is not None and cycle.parts is not None
    said = cycle.triage.read(room)
    places = room.read(dict[str, Place], cycle.parts.places)
    training = {name for name, place in places.items() if place.part is Part.TRAIN}
    taught = {row.id for row in rows_of(room, cycle.parts.train)}
    return [
        row
        for row in rows
        if row.id in taught and row.group in training and said[row.id].decision is Decision.KEEP
    ]


def _clusters(room: Room, cycle: Cycle, calls: Sequence[LogRow]) -> list[Members]:
    """The largest that have calls enough to tell."""
    if not calls:
        return []
    embed = embedder_of(room, cycle.request, cycle.served)
    found = gathered(calls, embed([call.input for call in calls]))
    telling = [one for one in found if len({call.group for call in one.rows}) >= SOURCES_LEAST]
    return sorted(telling, key=lambda one: -len(one.rows))[:CLUSTERS]


def _by_lot(calls: Iterable[LogRow], seed: int) -> list[LogRow]:
    """One call a group."""
    first: dict[str, LogRow] = {}
    for call in sorted(calls, key=lambda call: lot(seed, call.id)):
        first.setdefault(call.group, call)
    return list(first.values())


def _matched(sources: Sequence[LogRow], passing: Sequence[LogRow]) -> list[LogRow]:
    """As many calls that pass, of the same right answers as far as there are any."""
    wanted = Counter(call.right for call in sources)
    chosen = []
    for call in passing:
        if wanted[call.right] > 0:
            wanted[call.right] -= 1
            chosen.append(call)
    ids = {call.id for call in chosen}
    others = [call for call in passing if call.id not in ids]
    return (chosen + others)[: len(sources)]


def _tried(room: Room, version: Version, examples: Sequence[Example], seed: int) -> _Tried:
    """All variations, answered by the version as it serves."""
    task = version.card.task
    vary = partial(family(task.kind).varied, task)
    of = {row.id: _variations(row, vary, seed) for row in examples}
    varied = [one for variations in of.values() for one in variations]
    model = load_version(room.workspace, version)
    said = answers(model, [one.input for one in varied], room.listen)
    pairs = zip(varied, said, strict=True)
    return _Tried(of, frozenset(one.id for one, answer in pairs if answer.output != one.target))


def _variations(row: Example, vary: Vary, seed: int) -> list[Example]:
    found = (variation(row, f"probe {number}", vary, seed) for number in range(VARIATIONS))
    return list({one.input: one for one in found if one is not None}.values())


def _weakness(
    one: Members, name: str, cluster: Iterator[Probe], control: Iterator[Probe]
) -> Weakness:
    return Weakness(name, one.answered, one.right, len(one.rows), probed(cluster, control))


def _keep(room: Room, cycle: Cycle, failing: Sequence[Example]) -> None:
    """Store the rows to learn from, each with the trace that it goes back to."""
    facts = facts_of(room, cycle.log)
    made: dict[str, list[str]] = {}
    for row in failing:
        source = row.id.rsplit(" probe ", 1)[0]
        made.setdefault(facts[source].trace, []).append(row_key(row))
    with room.workspace.engine.begin() as connection:
        put(connection, failing)
        store.derive(connection, cycle.served.name, made)
