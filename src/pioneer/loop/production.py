"""Production: from a served version and its judged traces to a better one, or a reasoned refusal.
Read this after `cold_start`; design/004 says which stage owns what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from pioneer.diagnosis.records import LogRow
from pioneer.events import Listener
from pioneer.execution.job import Executor
from pioneer.families.base import Space
from pioneer.gates.cut import Place
from pioneer.gates.look import Look
from pioneer.journal import runs
from pioneer.loop.mixes import distinct_mixes
from pioneer.loop.outcome import Improved
from pioneer.loop.question import Question
from pioneer.loop.request import Improve
from pioneer.loop.room import Room, open_room
from pioneer.loop.search import search
from pioneer.loop.traffic import ruling
from pioneer.loop.traffic.asking import ask, trusted_confusions
from pioneer.loop.traffic.contest import Contest, contest, contest_of_one, ungated
from pioneer.loop.traffic.cycle import Cycle, Readings
from pioneer.loop.traffic.ending import end
from pioneer.loop.traffic.inspection import inspected, named_slices
from pioneer.loop.traffic.kinship import Kinship, kinship
from pioneer.loop.traffic.lessons import Lessons, lessons
from pioneer.loop.traffic.log import Log, read_log
from pioneer.loop.traffic.offer import offer
from pioneer.loop.traffic.parts import Parts, parts
from pioneer.loop.traffic.probed import Probes
from pioneer.loop.traffic.probing import probes
from pioneer.loop.traffic.propagated import Propagated
from pioneer.loop.traffic.propagating import propagated
from pioneer.loop.traffic.sealed import readings
from pioneer.loop.traffic.second_look import second_look
from pioneer.loop.traffic.served import Served, earlier_cycles, last_look, served, version_of
from pioneer.loop.traffic.small import enough, only_trial, pooled
from pioneer.loop.traffic.triaged import Triaged, log_rows, triaged
from pioneer.registry.versions import Version
from pioneer.store.workspace import Workspace
from pioneer.strategist.base import Strategist
from pioneer.strategist.rules import RulesStrategist


def improve(
    workspace: Workspace,
    run: runs.Run,
    request: Improve,
    listen: Listener,
    strategist: Strategist | None = None,
    executor: Executor | None = None,
) -> Improved:
    """Run, or go on with, one cycle. Every stage is done once over all lives of the run."""
    with open_room(workspace, run.id, request.workers, listen, executor) as room:
        stage = room.journal.stage
        found = stage("served", request.model, Served, lambda: served(room, request.model))
        version = version_of(room, request.model, found)
        earlier = earlier_cycles(room, version, found)
        log = stage("log", request, Log, lambda: read_log(room, request, version))
        places = earlier[-1].places if earlier else room.artifacts.put_json({})
        cycle = Cycle(request, version, log, places=places)
        if nothing := ruling.unjudged(log):
            return end(room, replace(cycle, ruling=nothing))
        kin = stage("kinship", [log, found], Kinship, lambda: kinship(room, log, found))
        rows = log_rows(room, log, kin, ask(room, request, version, log.rows))
        triage = stage("triage", log, Triaged, lambda: triaged(room, request, version, log, rows))
        last = last_look(earlier)
        cut = stage("cut", triage, Parts, lambda: _cut(room, cycle, kin, rows, triage, last))
        cycle = replace(cycle, triage=triage, parts=cut)
        early = ruling.beforehand(room, request, rows, cut)
        pool = _pool(room, cut, kin) if early and early.decision == ruling.MORE else None
        if early and pool is None:
            return end(room, replace(cycle, ruling=early))
        if pool is None and "triage" not in request.without:
            cycle = _seen_again(room, cycle, kin, rows)
            cut = cycle.parts or cut
        cut, small = pool or cut, pool is not None
        if not small and "probes" not in request.without:
            tried = stage("probes", cut, Probes, lambda: probes(room, cycle, kin, rows))
            cut, cycle = replace(cut, probes=tried.rows), replace(cycle, probes=tried)
        if not small and "propagation" not in request.without:
            carry = partial(propagated, room, cycle, kin, found, rows)
            carried = stage("propagation", cut, Propagated, carry)
            cut = replace(cut, propagated=carried.rows)
            cycle = replace(cycle, propagated=carried)
        taught = stage(
            "lessons", cut, Lessons, lambda: lessons(room, request, version, log, kin, cut, small)
        )
        evidence = inspected(room, request, version, taught)
        question = Question(request, taught, evidence, named_slices(rows), version.checkpoint)
        if small:
            searched = only_trial(room, question, version)
            only = searched.trials[0]
            judge = partial(contest_of_one, room, question, version, cut, only, earlier)
        else:
            space = _space(room, question, version)
            searched = search(room, question, space, strategist or RulesStrategist())
            judge = partial(contest, room, question, version, cut, searched, earlier)
        if "gate" in request.without:
            judge = partial(ungated, room, question, searched)
        judged = stage("gate", searched.trials, Contest, judge)
        decided = ruling.by_gate(judged, small)
        cycle = replace(
            cycle, parts=cut, lessons=taught, searched=searched, contest=judged, ruling=decided
        )
        read = stage("sealed", judged, Readings, lambda: readings(room, cycle, found, earlier))
        return end(room, replace(cycle, readings=read))


def _seen_again(room: Room, cycle: Cycle, kin: Kinship, rows: Sequence[LogRow]) -> Cycle:
    """Triage after a second look, and the cut by it: more rows teach, the same ones judge."""
    assert cycle.parts is not None
    look = partial(second_look, room, cycle, kin, rows)
    triage = room.journal.stage("second look", cycle.parts, Triaged, look)
    if triage == cycle.triage:
        return cycle
    cut = partial(_cut, room, cycle, kin, rows, triage, cycle.parts.last)
    return replace(cycle, triage=triage, parts=room.journal.stage("cut anew", triage, Parts, cut))


def _pool(room: Room, cut: Parts, kin: Kinship) -> Parts | None:
    """All trusted rows together, where these are enough to judge the parent's own recipe by."""
    pool = pooled(room, cut, kin)
    return pool if enough(room, cut, pool) else None


def _cut(
    room: Room,
    cycle: Cycle,
    kin: Kinship,
    rows: Sequence[LogRow],
    triage: Triaged,
    last: Look | None,
) -> Parts:
    """With what is known of the parent's own data, and where earlier cycles put each group."""
    confusions = trusted_confusions(room, cycle.request, cycle.served)
    previous = room.read(dict[str, Place], cycle.places)
    without = cycle.request.without
    return parts(
        room,
        cycle.served.name,
        cycle.log,
        kin,
        rows,
        triage.read(room),
        confusions,
        previous,
        last,
        without,
    )


def _space(room: Room, question: Question[Improve, Lessons], version: Version) -> Space:
    """What the search may try. Raises RecipeError for an unknown strategy."""
    request = question.request
    space = offer(request, version, question.prepared.rows_train)
    mixes = [one for one in space.mixes if not one.twins or "twins" not in request.without]
    return replace(space, mixes=distinct_mixes(room, question, mixes))
