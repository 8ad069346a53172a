"""A second look at rows whose label triage doubts too much to teach, by a fit that has learned from
the others.

Triage judges by frozen embeddings, and doubts many right corrections, for they come where these are
weak, and where a version errs nothing teaches more. A fit of what the search drafts first, on the
rows that teach, tells which of them are right: not those alone that it gives their logged label (it
errs there as well), but those whose label it finds likelier than wrong corrections would be. They
teach as well, and never judge. design/log.md has the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from pioneer.data.rows import manifest_of
from pioneer.diagnosis.records import Decision, LogRow, Suspicion
from pioneer.execution.job import Job
from pioneer.loop.room import Room
from pioneer.loop.traffic.cycle import Cycle
from pioneer.loop.traffic.kinship import Kinship
from pioneer.loop.traffic.offer import offer
from pioneer.loop.traffic.served import rows_of
from pioneer.loop.traffic.triaged import Triaged, stored
from pioneer.records import Example, Prediction, Recipe

SURE = 0.9
"""That its label is right, for a row to teach: nominally, since rows in doubt are wrong more often
than the log is."""
LIKELY = 0.02
"""What the fit gives to that label at least, however little of the log seems to be poison."""
ROWS_LEAST = 50
"""Rows that teach, below which there is no second look."""
_STEP = "second look"
_REASON = "but a fit that did not see the row finds this label likely enough"


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
    result = room.do(_STEP, {_STEP: _job(room, cycle, sure, asked)})[_STEP]
    if result.answers is None:
        room.say(f"the second look failed, so no doubted row teaches: {result.error}")
        return cycle.triage
    answers = room.read(dict[str, Prediction], result.answers)
    share = fmean(one.p_poison for one in said.values())
    labels = len(cycle.served.card.task.labels)
    sound = {r.id for r in asked if right(answers[r.id], str(r.target), share, labels) >= SURE}
    room.say(f"second look: {len(sound)} of {len(asked)} doubted rows teach")
    return stored(room, [_taught(one) if one.id in sound else one for one in said.values()])


def right(answer: Prediction, label: str, share: float, labels: int) -> float:
    """The probability that a row has its right label, by Bayes: before the fit was asked a `share`
    of the corrections was wrong, each of the other labels being as likely as the next. It is 0
    where the fit does not find the label `LIKELY`, or does not name it among the likeliest."""
    chance = dict(answer.ranked).get(label, 0.0)
    if chance < LIKELY:
        return 0.0
    own, other = chance * (1 - share), (1 - chance) * share / max(1, labels - 1)
    return own / (own + other)


def _doubted(one: Suspicion) -> bool:
    """Not where three voices agree on another label: six in seven of such rows are wrong."""
    return one.sound and one.decision in (Decision.ASK, Decision.DROP) and not one.teaches


def _taught(one: Suspicion) -> Suspicion:
    reasons = (*one.reasons, _REASON)
    return replace(one, decision=Decision.ASK, teaches=True, reasons=reasons)


def _job(room: Room, cycle: Cycle, sure: Sequence[Example], asked: Sequence[Example]) -> Job:
    return Job(
        workspace=str(room.workspace.root),
        task=cycle.served.card.task,
        recipe=_recipe(cycle, len(sure)),
        train=room.artifacts.put_json(manifest_of(sure)),
        ask=room.artifacts.put_json(manifest_of(asked)),
        threads=cycle.request.threads * cycle.request.workers,
    )


def _recipe(cycle: Cycle, rows: int) -> Recipe:
    """What the search drafts first, without the served version: one fit on the rows as they are."""
    space = offer(cycle.request, cycle.served, rows)
    first = space.strategies[0]
    return Recipe(space.bases[0], first.name, first.defaults(), seed=cycle.request.seed).alone
