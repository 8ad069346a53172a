"""After the decision: what rows that decided nothing say about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pioneer.data.rows import Manifest
from pioneer.evaluation.intervals import score
from pioneer.evaluation.measure import Measure
from pioneer.execution.job import Job, Scored
from pioneer.families import family
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.loop.settle import unseal
from pioneer.loop.traffic.asking import served_job
from pioneer.loop.traffic.contest import Entrant
from pioneer.loop.traffic.cycle import SPENT, Cycle, Readings
from pioneer.loop.traffic.ruling import PROMOTED
from pioneer.loop.traffic.served import Served
from pioneer.records import Score
from pioneer.registry.audits import Audit
from pioneer.registry.versions import Version


def readings(room: Room, cycle: Cycle, found: Served, earlier: Sequence[Audit]) -> Readings:
    """Read the newest trusted rows, once; and the cold start's test, once per promoted version."""
    said, entrant, parts = Readings(), cycle.entrant, cycle.parts
    if entrant is None or parts is None:
        return said
    request, version, sealed = cycle.request, cycle.served, parts.sealed
    if room.read(Manifest, sealed).entries:
        unseal(room, sealed, "sealed rows of this cycle, after the decision")
        said = replace(
            said,
            sealed=_score(room, request, version, sealed, entrant),
            sealed_parent=_score(room, request, version, sealed, None),
        )
    reading = 2 + sum(audit.decision == "promoted" for audit in earlier)
    if cycle.ruling.decision == PROMOTED and found.test is not None and reading <= SPENT:
        unseal(room, found.test, f"the cold start's test, reading {reading}, after the decision")
        test = _score(room, request, version, found.test, entrant)
        said = replace(said, test=test, reading=reading)
    return said


def _score(
    room: Room, request: Improve, version: Version, manifest: str, entrant: Entrant | None
) -> Score | None:
    """Of an entrant, or of the served version; None where it could not be run."""
    job: Job = replace(
        served_job(room, request, version, manifest), score=manifest, temperature=1.0
    )
    if entrant is not None:
        job = replace(job, checkpoint=entrant.checkpoint)
    result = room.do("reading sealed rows", {"read": job})["read"]
    if result.error is not None or result.stats is None:
        return None
    task = version.card.task
    measure = Measure(task.metric, family(task.kind).aggregate)
    return score(room.read(Scored, result.stats).stats, measure.metric, measure.aggregate)
