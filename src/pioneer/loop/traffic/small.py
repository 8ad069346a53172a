"""A small log: too few rows to keep any apart. The parent's own recipe, fixed beforehand and so not
chosen by these rows, is judged by out-of-fold pairs over all of them."""

from __future__ import annotations

from dataclasses import replace

from pioneer.curriculum.doubted import is_doubted
from pioneer.data.rows import Manifest, manifest_of
from pioneer.evaluation.intervals import score
from pioneer.gates.look import GROUPS_LEAST, look
from pioneer.loop.question import Question
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.loop.search import Searched
from pioneer.loop.traffic.kinship import Kinship
from pioneer.loop.traffic.lessons import Lessons
from pioneer.loop.traffic.outoffold import out_of_fold
from pioneer.loop.traffic.parts import Parts
from pioneer.loop.traffic.served import rows_of
from pioneer.records import Example, Trial, TrialStatus
from pioneer.registry.versions import Version
from pioneer.search.stop import Stop, StopReason


def pooled(room: Room, parts: Parts, kin: Kinship) -> Parts:
    """The same rows with none kept apart but what is sealed: all of them train, and all judge that
    no version has learned from and nobody doubts."""
    rows: dict[str, Example] = {}
    for part in (parts.train, parts.gate, parts.ratchet):
        rows |= {row.id: row for row in rows_of(room, part)}
    every = manifest_of(rows[name] for name in sorted(rows))
    unfit = {name for name, row in rows.items() if row.group in kin.learned or is_doubted(row)}
    judging = Manifest(tuple(one for one in every.entries if one.id not in unfit))
    return replace(
        parts,
        train=room.artifacts.put_json(every),
        gate=room.artifacts.put_json(judging),
        ratchet=room.artifacts.put_json(Manifest(())),
        sizes={**parts.sizes, "train": len(rows), "gate": len(judging.entries), "ratchet": 0},
    )


def enough(room: Room, parts: Parts, pool: Parts) -> bool:
    """Whether the log is small, and its rows together allow a look."""
    if len(room.read(Manifest, parts.gate).entries) >= GROUPS_LEAST:
        return False
    groups = [entry.group for entry in room.read(Manifest, pool.gate).entries]
    return look(groups, pool.last).passed


def only_trial(room: Room, question: Question[Improve, Lessons], version: Version) -> Searched:
    """The one candidate of a small log, with its out-of-fold answers."""
    recipe = version.card.recipe
    rows, folds = question.prepared.all, question.prepared.folds
    found = out_of_fold(room, question, recipe, rows, folds, question.parent)
    measure = question.measure
    trial = Trial(
        number=0,
        iteration=0,
        recipe=recipe,
        operator="repeat",
        hypothesis="the parent's own recipe on all rows; a small log leaves nothing to choose by",
        status=TrialStatus.FINISHED,
        score=score(found.stats, measure.metric, measure.aggregate, question.slices),
        stats=room.artifacts.put_json(found),
    )
    return Searched((trial,), 0.0, Stop(StopReason.EXHAUSTED, "a small log allows one recipe"))
