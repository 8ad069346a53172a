"""A second look at rows whose label triage doubts, by a fit that has learned from the others.

Triage judges by frozen embeddings, and doubts many right corrections, for they come where these are
weak. A fit of what the search drafts first, on the undoubted rows that train, tells them: on the
deployment of the paper 68 doubted rows were given their logged label, 66 of them rightly (seeds 0
and 1; design/log.md). They teach, and never judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pioneer.data.rows import manifest_of
from pioneer.diagnosis.records import Decision, LogRow, Suspicion
from pioneer.execution.job import Job, Scored
from pioneer.loop.room import Room
from pioneer.loop.traffic.cycle import Cycle
from pioneer.loop.traffic.kinship import Kinship
from pioneer.loop.traffic.offer import offer
from pioneer.loop.traffic.served import rows_of
from pioneer.loop.traffic.triaged import Triaged, stored
from pioneer.records import Recipe

ROWS_LEAST = 50
"""Undoubted rows that train, below which there is no second look."""
_STEP = "second look"
_REASON = "but a fit that did not see the row gives it this label"


def second_look(room: Room, cycle: Cycle, kin: Kinship, rows: Sequence[LogRow]) -> Triaged:
    """Triage, with what the fit says of doubted rows; as it was where there is none, too little to
    learn from, or the fit failed. Raises RecipeError for an unknown strategy."""
    assert cycle.triage is not None and cycle.parts is not None
    said = cycle.triage.read(room)
    doubted = {row.id for row in rows if _doubted(said[row.id]) and row.group not in kin.tested}
    theirs = {kin.groups[name] for name in doubted}
    sure = [row for row in rows_of(room, cycle.parts.train) if row.group not in theirs]
    if not doubted or len(sure) < ROWS_LEAST:
        return cycle.triage
    asked = [row for row in rows_of(room, cycle.log.rows) if row.id in doubted]
    job = Job(
        workspace=str(room.workspace.root),
        task=cycle.served.card.task,
        recipe=_recipe(cycle, len(sure)),
        train=room.artifacts.put_json(manifest_of(sure)),
        score=room.artifacts.put_json(manifest_of(asked)),
        threads=cycle.request.threads * cycle.request.workers,
    )
    result = room.do(_STEP, {_STEP: job})[_STEP]
    if result.stats is None:
        room.say(f"the second look failed, so no doubted row teaches: {result.error}")
        return cycle.triage
    answers = {one.id: one.output for one in room.read(Scored, result.stats).stats}
    right = {row.id: str(row.target) for row in asked}
    found = tuple(
        _seen(one, answers[one.id], right[one.id]) if one.id in answers else one
        for one in said.values()
    )
    taught = sum(one.learnable for one in found if one.id in answers)
    room.say(f"second look: {taught} of {len(asked)} doubted rows teach")
    return stored(room, found)


def _doubted(one: Suspicion) -> bool:
    return one.sound and one.decision is not Decision.KEEP


def _seen(one: Suspicion, answer: str | None, right: str) -> Suspicion:
    """It teaches where the fit gives it its own label."""
    if answer != right:
        return one
    reasons = (*one.reasons, _REASON)
    return replace(one, decision=Decision.ASK, label=None, teaches=True, reasons=reasons)


def _recipe(cycle: Cycle, rows: int) -> Recipe:
    """What the search drafts first, without the served version: one fit on the rows as they are."""
    space = offer(cycle.request, cycle.served, rows)
    first = space.strategies[0]
    return Recipe(space.bases[0], first.name, first.defaults(), seed=cycle.request.seed).alone
