"""Cold start: from a description to a trained, evaluated, registered model. Read this first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pioneer.bases import resolve
from pioneer.errors import BaseModelError
from pioneer.events import Listener
from pioneer.execution.job import Executor
from pioneer.families import family
from pioneer.families.fakes import wants_fake
from pioneer.journal import runs
from pioneer.loop.baselines import Baselines, measure_baselines
from pioneer.loop.conclude import conclude
from pioneer.loop.mixes import distinct_mixes
from pioneer.loop.outcome import Outcome
from pioneer.loop.prepare import ColdQuestion, Prepared, prepare
from pioneer.loop.question import Question
from pioneer.loop.request import ColdStart
from pioneer.loop.room import Room, open_room
from pioneer.loop.search import search
from pioneer.loop.settle import Settled, choose, settle
from pioneer.loop.slicing import name_slices
from pioneer.loop.succession import Verdict, succeed
from pioneer.registry.versions import promoted
from pioneer.store.workspace import Workspace
from pioneer.strategist.base import Strategist
from pioneer.strategist.rules import RulesStrategist


def cold_start(
    workspace: Workspace,
    run: runs.Run,
    request: ColdStart,
    listen: Listener,
    strategist: Strategist | None = None,
    executor: Executor | None = None,
) -> Outcome:
    """Run, or go on with, a cold start. Every stage is done once over all lives of the run."""
    _ready(request.bases)
    with open_room(workspace, run.id, request.workers, listen, executor) as room:
        stage = room.journal.stage
        prepared = stage("prepare", request, Prepared, lambda: prepare(room, request))
        bases = request.bases or (family(prepared.task.kind).default_base,)
        _check_same(room, _ready(bases))
        baselines = stage(
            "baselines",
            [prepared.train, prepared.dev, bases[0]],
            Baselines,
            lambda: measure_baselines(room, request, prepared, bases[0]),
        )
        question = _question(room, request, prepared, baselines)
        space = question.family.space(prepared.task, bases, prepared.rows_train)
        space = replace(space, mixes=distinct_mixes(room, question, space.mixes))
        searched = search(room, question, space, strategist or RulesStrategist())
        winner = choose(room, question, searched)
        room.say(f"trial {winner.number} is chosen: {searched.stop.sentence}")
        settled = stage("settle", winner, Settled, lambda: settle(room, question, winner))
        with workspace.engine.connect() as connection:
            parent = promoted(connection, request.name)
        verdict = stage(
            "succession",
            [winner, parent and parent.version],
            Verdict,
            lambda: succeed(room, question, winner, parent),
        )
        return conclude(room, question, baselines, searched, winner, settled, verdict, parent)


def _ready(bases: Sequence[str]) -> dict[str, str]:
    """The hashes of the bases, once all are here and verified."""
    return {} if wants_fake(bases) else {base: resolve(base).sha256 for base in bases}


def _check_same(room: Room, bases: dict[str, str]) -> None:
    """Raises BaseModelError where an earlier life of the run trained other weights."""
    first = room.journal.stage("bases", sorted(bases), dict[str, str], lambda: bases)
    for base, sha256 in bases.items():
        if sha256 != first[base]:
            way = f"restore the weights with sha256 {first[base][:12]}..., or start a new run"
            raise BaseModelError(f"base {base!r} was changed since the run began", hint=way)


def _question(
    room: Room, request: ColdStart, prepared: Prepared, baselines: Baselines
) -> ColdQuestion:
    """Everything that stays the same for all trials, with the slices named before training."""
    slices = room.journal.stage(
        "slices",
        baselines.answers,
        dict[str, tuple[str, ...]],
        lambda: name_slices(room, prepared, baselines),
    )
    return Question(request, prepared, baselines.evidence, slices)
