"""Cut the trusted part of the log, by group, into what trains, what judges and what is sealed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pioneer.curriculum.doubted import doubted, is_doubted
from pioneer.data.rows import manifest_of, put, row_key
from pioneer.diagnosis.records import Decision, LogRow, Suspicion
from pioneer.gates.cut import Group, Part, Place, apart, cut, trains
from pioneer.gates.look import Look, look_at
from pioneer.gates.renewal import renewed
from pioneer.gates.share import least_share
from pioneer.gates.trust import Confusions, Contested, Judged, contested, speakers, trusted
from pioneer.loop.room import Room
from pioneer.loop.traffic.kinship import Kinship
from pioneer.loop.traffic.log import Log, facts_of
from pioneer.loop.traffic.served import rows_of
from pioneer.records import Example
from pioneer.text.normal import normalise
from pioneer.traces import store


@dataclass(frozen=True, slots=True)
class Parts:
    """Manifests of one row a group, but for `train`, which has every row that may be learned."""

    places: str
    """Artefact: group -> Place, over all cycles."""
    train: str
    gate: str
    ratchet: str
    sealed: str
    sizes: Mapping[str, int]
    """Rows by part."""
    contested: tuple[Contested, ...]
    """Corrections to ask a human about."""
    asked: str
    """Artefact: ids of their rows."""
    leaks: Mapping[str, int]
    last: Look | None = None
    """What was opened when the gate rows were last looked at, by the names that groups have now."""
    failures: float = 0.0
    """Share of traffic that the served version gets wrong at least, as the log tells."""
    probes: str | None = None
    """Variations of rows that train, to be learned as well."""
    propagated: str | None = None
    """Unjudged calls with the correction of a call like them, to be learned as well."""


def parts(
    room: Room,
    name: str,
    log: Log,
    kin: Kinship,
    rows: Sequence[LogRow],
    suspicions: Mapping[str, Suspicion],
    confusions: Confusions,
    previous: Mapping[str, Place],
    last: Look | None = None,
    without: Collection[str] = (),
) -> Parts:
    """The method's cut; see `gates.trust`, `gates.cut` and `gates.renewal`. Without triage nothing
    is contested, without the gate all groups train."""
    judged = [_judged(row, suspicions[row.id]) for row in rows if row.group not in kin.tested]
    settled = {row for row, fact in facts_of(room, log).items() if fact.settled}
    open_ = [row for row in rows if row.id not in settled]
    unsettled = [] if "triage" in without else [row for row in judged if row.id not in settled]
    unclear = contested(unsettled, confusions)
    asked = tuple(_with_kin(one, open_) for one in unclear)
    sure = trusted(judged, asked)
    last = None if last is None else look_at(kin.groups.get(name, name) for name in last.groups)
    known = {**previous, **{name: Place(Part.TRAIN, 0.0) for name in kin.learned}}
    absorbed = _absorbed(known, kin)
    groups = [Group(row.group, row.time, absorbed.get(row.group, ())) for row in sure]
    places = renewed(cut(known, groups), {group.name for group in groups}, last)
    if "gate" in without:
        places = {name: replace(place, part=Part.TRAIN) for name, place in places.items()}
    by_part = {part: [row.id for row in sure if places[row.group].part is part] for part in Part}
    examples = {row.id: row for row in rows_of(room, log.rows)}
    train = _distinct(
        replace(_marked(examples[name], suspicions[name]), group=kin.groups[name])
        for name in _taught(rows, suspicions, asked, places, kin)
    )
    facts = facts_of(room, log)
    with room.workspace.engine.begin() as connection:
        put(connection, train)
        store.derive(connection, name, {facts[row.id].trace: [row_key(row)] for row in train})

    def manifest(names: Iterable[str]) -> str:
        chosen = (replace(examples[name], group=kin.groups[name]) for name in sorted(names))
        return room.artifacts.put_json(manifest_of(chosen))

    return Parts(
        places=room.artifacts.put_json(places),
        train=room.artifacts.put_json(manifest_of(train)),
        gate=manifest(by_part[Part.GATE]),
        ratchet=manifest(by_part[Part.RATCHET]),
        sealed=manifest(by_part[Part.SEALED]),
        sizes={part.value: len(names) for part, names in by_part.items()} | {"train": len(train)},
        contested=asked,
        asked=room.artifacts.put_json(_doubted(rows, asked)),
        leaks=_leaks(rows, train, by_part, kin),
        last=last,
        failures=_failures(judged, suspicions, asked, kin),
    )


def _judged(row: LogRow, suspicion: Suspicion) -> Judged:
    return Judged(
        row.id,
        row.group,
        row.time or 0.0,
        row.human,
        suspicion.decision.value,
        row.answered or "",
        row.right,
    )


def _failures(
    judged: Sequence[Judged],
    suspicions: Mapping[str, Suspicion],
    asked: Iterable[Contested],
    kin: Kinship,
) -> float:
    """By the groups that would judge if they were new and triage kept them: no place has a say, for
    what is kept moves on to other parts over the cycles, and what is doubted has none."""
    left = {name for one in asked for name in one.groups} | kin.learned
    return least_share(
        (row.corrected != row.answered, 1.0 - suspicions[row.id].p_poison)
        for row in speakers(judged)
        if row.group not in left and not trains({}, row.group)
    )


def _with_kin(found: Contested, rows: Sequence[LogRow]) -> Contested:
    """Also the rows that carry the doubtful correction, though the served version answered neither:
    it finds the doubted label likelier for them than the one that they were given."""
    kin = {
        row.group
        for row in rows
        if row.right == found.corrected != row.answered
        and _share(row, found.answered) > _share(row, found.corrected)
    }
    return replace(found, groups=tuple(sorted({*found.groups, *kin})))


def _doubted(rows: Sequence[LogRow], asked: Iterable[Contested]) -> list[str]:
    groups = {name for one in asked for name in one.groups}
    return sorted(row.id for row in rows if row.group in groups)


def _share(row: LogRow, label: str) -> float:
    return dict(row.ranked).get(label, 0.0)


def _absorbed(known: Mapping[str, Place], kin: Kinship) -> dict[str, tuple[str, ...]]:
    """Groups of earlier cycles that are part of another now: a group is named for a row of it."""
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(known):
        group = kin.groups.get(name, name)
        if group != name:
            found[group] = (*found.get(group, ()), name)
    return found


def _taught(
    rows: Sequence[LogRow],
    suspicions: Mapping[str, Suspicion],
    asked: Iterable[Contested],
    places: Mapping[str, Place],
    kin: Kinship,
) -> list[str]:
    """Ids of the rows to learn from: what is kept in the groups that train, doubted rows that teach
    and whose group judges nothing, and texts so frequent that their sealed group does not hold them
    back."""
    left = {name for one in asked for name in one.groups} | kin.tested
    sealed = {name for name, place in places.items() if place.part is not Part.TRAIN}
    frequent = apart(((row.input, row.group) for row in rows), _named(places, Part.SEALED))
    found = []
    for row in rows:
        held = row.group in left or (row.group in sealed and row.input not in frequent)
        if not held and suspicions[row.id].learnable:
            found.append(row.id)
    return found


def _marked(row: Example, suspicion: Suspicion) -> Example:
    return row if suspicion.decision is Decision.KEEP else doubted(row)


def _named(places: Mapping[str, Place], part: Part) -> set[str]:
    return {name for name, place in places.items() if place.part is part}


def _distinct(rows: Iterable[Example]) -> list[Example]:
    """One of the rows that read the same and teach the same; one that nobody doubts, if any."""
    first: dict[tuple[str, object], Example] = {}
    for row in sorted(rows, key=lambda row: (is_doubted(row), row.id)):
        first.setdefault((normalise(row.input), row.target), row)
    return list(first.values())


def _leaks(
    rows: Sequence[LogRow],
    train: Sequence[Example],
    by_part: Mapping[Part, Sequence[str]],
    kin: Kinship,
) -> dict[str, int]:
    judging = {kin.groups[name] for part in (Part.GATE, Part.RATCHET) for name in by_part[part]}
    learning = Counter(row.group for row in train)
    return {
        "rows near the sealed test, left out": sum(row.group in kin.tested for row in rows),
        "groups that train and judge": sum(name in learning for name in judging),
        "groups that a version learned from and that judge": len(judging & kin.learned),
    }
