"""Which logged rows may be learned from: what triage says of the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pioneer.diagnosis.records import Decision, LogRow, Suspicion
from pioneer.diagnosis.triage import triage
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.loop.traffic.embedder import embedder_of
from pioneer.loop.traffic.kinship import Kinship
from pioneer.loop.traffic.log import Log, facts_of
from pioneer.loop.traffic.served import rows_of, trusted_rows
from pioneer.records import Prediction, Ruling
from pioneer.registry.versions import Version


@dataclass(frozen=True, slots=True)
class Triaged:
    suspicions: str
    """Artefact: a Suspicion for each row of the log."""
    counts: Mapping[str, int]
    """Rows by decision."""

    def read(self, room: Room) -> dict[str, Suspicion]:
        found = room.read(tuple[Suspicion, ...], self.suspicions)
        return {one.id: one for one in found}


def triaged(
    room: Room, request: Improve, version: Version, log: Log, rows: Sequence[LogRow]
) -> Triaged:
    """Triage, made before anything trains, from rows that were trusted earlier and the log."""
    if "triage" in request.without:
        kept = tuple(Suspicion(row.id, 0.0, Decision.KEEP, ()) for row in rows)
        return stored(room, kept)
    trusted = trusted_rows(room, version)
    embed = embedder_of(room, request, version)
    with room.step("triage"):
        found = triage(version.card.task, rows, trusted, embed)
    facts = facts_of(room, log)
    found = tuple(_settled(one) if facts[one.id].settled else one for one in found)
    result = stored(room, found)
    counts = result.counts
    room.say(
        "triage: " + ", ".join(f"{counts[each]} {each}" for each in Decision if each in counts)
    )
    return result


def stored(room: Room, found: Sequence[Suspicion]) -> Triaged:
    counts = Counter(one.decision.value for one in found)
    return Triaged(room.artifacts.put_json(found), dict(counts))


def _settled(one: Suspicion) -> Suspicion:
    reasons = ("a human has settled it",)
    return replace(one, decision=Decision.KEEP, label=None, teaches=False, reasons=reasons)


def log_rows(room: Room, log: Log, kin: Kinship, said: Mapping[str, Prediction]) -> list[LogRow]:
    """The log as diagnosis sees it, in the order of the log; right or wrong by what the served
    version answers now."""
    facts = facts_of(room, log)
    rows = []
    for row in rows_of(room, log.rows):
        fact, answer = facts[row.id], said[row.id]
        right = str(row.target)
        rows.append(
            LogRow(
                id=row.id,
                input=row.input,
                group=kin.groups[row.id],
                answered=None if answer.output is None else str(answer.output),
                confidence=answer.confidence,
                ruling=Ruling.PASS if answer.output == right else Ruling.FAIL,
                right=right,
                human=fact.human,
                time=fact.time,
                ranked=answer.ranked,
            )
        )
    return rows
