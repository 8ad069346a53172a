"""The end of a cycle: version, promotion, audit record and result, together or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from pioneer.bases import resolve
from pioneer.data.rows import Manifest
from pioneer.diagnosis.records import Decision
from pioneer.evaluation.intervals import score
from pioneer.execution.job import JobResult, Scored
from pioneer.families import family
from pioneer.families.fakes import FAKE_BASE
from pioneer.journal import runs
from pioneer.loop.outcome import Improved
from pioneer.loop.room import Room
from pioneer.loop.traffic.cycle import Cycle, Readings
from pioneer.loop.traffic.log import facts_of
from pioneer.loop.traffic.ruling import PROMOTED
from pioneer.loop.traffic.story import curation_lines, cycle_report
from pioneer.records import Cost, RowStat, Score, content_hash, dump, load
from pioneer.registry import audits, versions
from pioneer.registry.audits import Audit, Refused
from pioneer.registry.card import VersionCard
from pioneer.report.write import write_cycle
from pioneer.upkeep.listing import trial_line
from pioneer.upkeep.prune import drop


def end(room: Room, cycle: Cycle) -> Improved:
    """Write the report, then register, promote, audit and finish in one transaction."""
    name, entrant, ruling = cycle.served.name, cycle.entrant, cycle.ruling
    with room.workspace.engine.connect() as connection:
        number = versions.next_number(connection, name, room.run) if entrant else None
    outcome = outcome_of(room, cycle, number)
    with room.step("writing the report"):
        told, lines = cycle_report(room, cycle, outcome), curation_lines(room, cycle)
        html = write_cycle(room.workspace.run_folder(room.run), told, lines)
        outcome = replace(outcome, report=str(html))
    with room.workspace.engine.begin() as connection:
        if entrant is not None:
            version = versions.register(
                connection, name, room.run, entrant.checkpoint, _card(room, cycle)
            )
            if ruling.decision == PROMOTED and not cycle.request.dry_run:
                versions.promote(connection, version, "gate", ruling.reason)
        audits.write(connection, name, audit_of(room, cycle, number))
        runs.finish(connection, room.run, runs.RunStatus.FINISHED, dump(outcome))
    results = [load(JobResult, e.payload) for e in room.journal.entries("job finished")]
    drop(room.workspace, [result.checkpoint for result in results if result.checkpoint])
    return outcome


def outcome_of(room: Room, cycle: Cycle, number: int | None) -> Improved:
    """What the command prints."""
    card, lessons = cycle.served.card, cycle.lessons
    results = [load(JobResult, e.payload) for e in room.journal.entries("job finished")]
    trials = cycle.searched.trials if cycle.searched else ()
    mine, theirs = _gate_scores(room, cycle)
    return Improved(
        run=room.run,
        model=cycle.served.name,
        version=number,
        decision=cycle.ruling.decision,
        reason=_reason(cycle),
        task=card.task,
        mapping={},
        recipe_hash=content_hash(cycle.recipe),
        data_hash=lessons.data_hash if lessons else card.data_hash,
        scores=mine,
        parent_scores=theirs,
        gate=cycle.ruling.gate,
        trials=tuple(trial_line(trial) for trial in trials),
        cost=Cost(room.elapsed, sum(result.cost.trained_rows for result in results)),
        log=log_counts(cycle),
        flips=_flips(cycle),
        readings=_told(cycle.readings),
    )


def log_counts(cycle: Cycle) -> dict[str, Any]:
    """What became of the logged calls."""
    found: dict[str, Any] = {"traces": dict(cycle.log.counts)}
    if cycle.log.new_labels:
        found["new_labels"] = dict(cycle.log.new_labels)
    if cycle.triage:
        found["triage"] = dict(cycle.triage.counts)
    if cycle.parts:
        found["parts"] = dict(cycle.parts.sizes)
        found["contested"] = [
            dump(one) | {"groups": len(one.groups)} for one in cycle.parts.contested
        ]
    if cycle.probes and cycle.probes.clusters:
        found["probes"] = [dump(one) for one in cycle.probes.clusters]
    if cycle.propagated and cycle.propagated.sentence:
        found["propagation"] = {
            "calls": cycle.propagated.calls,
            "learned": cycle.propagated.learned,
            "sentence": cycle.propagated.sentence,
        }
    if cycle.lessons:
        found["curriculum"] = dict(cycle.lessons.counts)
    return found


def audit_of(room: Room, cycle: Cycle, number: int | None) -> Audit:
    """The record that the next cycle and an auditor read."""
    parts, contest = cycle.parts, cycle.contest
    rows = {"log": cycle.log.rows}
    if parts is not None:
        rows |= {name: getattr(parts, name) for name in ("train", "gate", "ratchet", "sealed")}
    if cycle.lessons is not None:
        rows["learned"] = cycle.lessons.all
    opened = room.read(Manifest, parts.gate).entries if parts and contest else ()
    return Audit(
        run=room.run,
        parent=cycle.served.version,
        version=number,
        decision=cycle.ruling.decision,
        reason=_reason(cycle),
        places=cycle.parts.places if cycle.parts else cycle.places,
        opened=tuple(sorted({entry.group for entry in opened})),
        rows=rows,
        asked=room.artifacts.put_json(_asked(room, cycle)),
        similar=cycle.propagated.asked if cycle.propagated else None,
        scored=cycle.entrant.scored if cycle.entrant else None,
        gate=cycle.ruling.gate,
        refused=_refused(cycle),
        leaks=parts.leaks if parts else {},
        counts=cycle.log.counts,
    )


def _asked(room: Room, cycle: Cycle) -> list[str]:
    """Traces of contested corrections, then those that triage could not settle; the likeliest
    poison first."""
    if cycle.triage is None or cycle.parts is None:
        return []
    said = cycle.triage.read(room)
    facts = facts_of(room, cycle.log)
    doubted = set(room.read(tuple[str, ...], cycle.parts.asked))
    open_ = (Decision.ASK, Decision.RELABEL)
    unsettled = {name for name, one in said.items() if one.decision in open_}
    order = sorted(doubted | unsettled, key=lambda n: (n not in doubted, -said[n].p_poison, n))
    return [facts[name].trace for name in order]


def _reason(cycle: Cycle) -> str:
    promoted = cycle.ruling.decision == PROMOTED
    dry = "; dry run: the served version stays" if promoted and cycle.request.dry_run else ""
    return cycle.ruling.reason + dry


def _refused(cycle: Cycle) -> tuple[Refused, ...]:
    if cycle.contest is None:
        return ()
    return tuple(
        Refused(content_hash(one.entrant.recipe), one.verdict.reason)
        for one in cycle.contest.finalists
        if one.verdict.outcome.value != PROMOTED
    )


def _card(room: Room, cycle: Cycle) -> VersionCard:
    entrant, lessons = cycle.entrant, cycle.lessons
    assert entrant is not None and lessons is not None
    base = cycle.recipe.base
    return replace(
        cycle.served.card,
        recipe=cycle.recipe,
        recipe_hash=content_hash(cycle.recipe),
        data_hash=lessons.data_hash,
        manifest=lessons.all,
        base_sha256="" if base == FAKE_BASE else resolve(base).sha256,
        serving=entrant.serving,
        scores=_gate_scores(room, cycle)[0],
        decision=cycle.ruling.decision,
        reason=_reason(cycle),
        parent=cycle.served.version,
    )


def _gate_scores(room: Room, cycle: Cycle) -> tuple[dict[str, Score], dict[str, Score]]:
    """Of the version made and of the one that served: on dev, gate, and what was sealed."""
    if cycle.contest is None or cycle.parts is None or cycle.searched is None:
        return {}, {}
    entrant, said = cycle.contest.last.entrant, cycle.readings
    gate = {entry.id for entry in room.read(Manifest, cycle.parts.gate).entries}
    dev = cycle.searched.trials[entrant.trial].score
    mine = {"dev": dev, "gate": _score(room, cycle, entrant.scored, gate), "test": said.test}
    mine["sealed"] = said.sealed
    theirs = {"gate": _score(room, cycle, cycle.contest.before, gate), "sealed": said.sealed_parent}
    return _known(mine), _known(theirs)


def _known(scores: Mapping[str, Score | None]) -> dict[str, Score]:
    return {name: found for name, found in scores.items() if found is not None}


def _score(room: Room, cycle: Cycle, scored: str, ids: set[str]) -> Score | None:
    """None where no row judged."""
    task = cycle.served.card.task
    stats: Sequence[RowStat] = room.read(Scored, scored).stats
    chosen = [stat for stat in stats if stat.id in ids]
    return score(chosen, task.metric, family(task.kind).aggregate) if chosen else None


def _flips(cycle: Cycle) -> dict[str, int]:
    rule = cycle.contest.last.verdict.rule("better") if cycle.contest else None
    numbers = rule.numbers if rule else {}
    return {name: numbers[name] for name in ("fixed", "broken", "groups") if name in numbers}


def _told(said: Readings) -> dict[str, Any]:
    found: dict[str, Any] = dump({name: value for name, value in asdict(said).items() if value})
    return found | ({"spent": True} if said.spent else {})
