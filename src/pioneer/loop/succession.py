"""A second cold start under a name: the new version against the one that is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pioneer.data.rows import Manifest
from pioneer.evaluation.intervals import score
from pioneer.evaluation.paired import compare
from pioneer.execution.job import Job, Scored
from pioneer.loop.prepare import ColdQuestion
from pioneer.loop.room import Room
from pioneer.records import Score, Trial
from pioneer.registry.versions import Version

_P = 0.05
_ENOUGH = 100
"""Groups that a gate needs to look at."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the new version takes over, and the arithmetic that says so."""

    decision: str
    reason: str
    gate: Mapping[str, Any] = field(default_factory=dict)
    parent_scores: Mapping[str, Score] = field(default_factory=dict)


FIRST = Verdict("promoted", "the first version of its name")


def succeed(room: Room, question: ColdQuestion, winner: Trial, parent: Version | None) -> Verdict:
    """Method, gate (a): promoted only if better on dev rows that the served version never saw."""
    if parent is None:
        return FIRST
    if parent.card.task.kind != question.prepared.task.kind or parent.checkpoint is None:
        return Verdict("hold", f"{parent.label} is of another kind, or its weights are gone")
    seen = {entry.key for entry in room.read(Manifest, parent.card.manifest).entries}
    scored = room.read(Scored, str(winner.stats))
    mine = {stat.id: stat for stat in scored.stats}
    manifest = question.prepared.dev or question.prepared.train
    unseen = [
        entry
        for entry in room.read(Manifest, manifest).entries
        if entry.id in mine and entry.key not in seen
    ]
    if len({entry.group for entry in unseen}) < _ENOUGH:
        return Verdict(
            "need_more_data",
            f"only {len(unseen)} dev rows are new to {parent.label}; "
            f"{_ENOUGH} are needed to tell which is better",
            {"rows": len(unseen), "needed": _ENOUGH},
        )
    theirs = _answers(room, question, parent, Manifest(tuple(unseen)))
    ours = [mine[stat.id] for stat in theirs.stats]
    return _judge(question, parent, ours, list(theirs.stats))


def _answers(room: Room, question: ColdQuestion, parent: Version, rows: Manifest) -> Scored:
    digest = room.artifacts.put_json(rows)
    job = Job(
        workspace=str(room.workspace.root),
        task=question.prepared.task,
        recipe=parent.card.recipe,
        train=digest,
        score=digest,
        checkpoint=parent.checkpoint,
        threads=question.request.threads,
    )
    result = room.do(f"asking {parent.label}", {"parent": job})["parent"]
    if result.error is not None or result.stats is None:
        return Scored((), (), 1.0)
    return room.read(Scored, result.stats)


def _judge(question: ColdQuestion, parent: Version, ours: Any, theirs: Any) -> Verdict:
    if not theirs:
        return Verdict("hold", f"{parent.label} could not be run on the new rows")
    found = compare(ours, theirs, question.measure)
    better = found.difference > 0 and found.mid_p <= _P
    measure = question.measure
    return Verdict(
        "promoted" if better else "hold",
        f"{found.gained} rows that {parent.label} got wrong are now right, {found.lost} the other "
        f"way; mid-p {found.mid_p:.3f}, {'at most' if better else 'not at most'} {_P}",
        {
            "rule": "(a) better",
            "rows": found.n,
            "wrong_to_right": found.gained,
            "right_to_wrong": found.lost,
            "difference": found.difference,
            "mid_p": found.mid_p,
            "limit": _P,
        },
        {"dev": score(theirs, measure.metric, measure.aggregate)},
    )
