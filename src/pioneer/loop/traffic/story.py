"""Turn what a cycle did into its report; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from pioneer.gates.records import RuleResult
from pioneer.loop.costs import cost
from pioneer.loop.outcome import Improved
from pioneer.loop.room import Room
from pioneer.loop.tell import environment, readings_of, search_report
from pioneer.loop.traffic.contest import Finalist
from pioneer.loop.traffic.cycle import Cycle
from pioneer.loop.traffic.served import rows_of
from pioneer.records import Json, load
from pioneer.report import cycle as record
from pioneer.report.record import SearchReport, Step


def cycle_report(room: Room, cycle: Cycle, outcome: Improved) -> record.CycleReport:
    """The report of a cycle that came to this outcome."""
    request, parts, log = cycle.request, cycle.parts, outcome.log
    created = datetime.fromtimestamp(room.journal.entries()[0].at, UTC)
    names = {}
    if parts is not None:
        names = {parts.gate: ("gate", parts.sizes["gate"])}
        names |= {parts.sealed: ("sealed", parts.sizes["sealed"])}
    return record.CycleReport(
        run=room.run,
        command=request.command,
        seed=request.seed,
        created=created.isoformat(timespec="seconds"),
        model=outcome.model,
        parent=cycle.served.version,
        version=outcome.version,
        decision=outcome.decision,
        reason=outcome.reason,
        task=outcome.task,
        traces=cycle.log.counts,
        new_labels=cycle.log.new_labels,
        triage=log.get("triage", {}),
        propagation=cycle.propagated.sentence if cycle.propagated else "",
        asked=_asked(cycle),
        weaknesses=_weaknesses(cycle),
        parts=log.get("parts", {}),
        leaks=parts.leaks if parts else {},
        curriculum=log.get("curriculum", {}),
        search=_search(room, cycle),
        rules=tuple(_rule(load(RuleResult, one)) for one in outcome.gate.values()),
        looked=tuple(_looked(one) for one in cycle.contest.finalists) if cycle.contest else (),
        scores=outcome.scores,
        parent_scores=outcome.parent_scores,
        flips=outcome.flips,
        readings=readings_of(room, names),
        recipe_hash=outcome.recipe_hash,
        data_hash=outcome.data_hash,
        cost=cost(room.journal.entries(), room.elapsed),
        environment=environment(request.threads, request.workers),
        next_steps=_next_steps(cycle, outcome),
    )


def curation_lines(room: Room, cycle: Cycle) -> Iterator[Mapping[str, Json]]:
    """What was decided on each judged row, and why, and on each unjudged one that a correction was
    carried over to. `learnable`: whether it may teach, in this cycle or a later one, as it was
    logged. `label`: what a judged row should have, as a proposal; what a carried one is taught."""
    if cycle.triage is None or cycle.parts is None:
        return
    asked = set(room.read(tuple[str, ...], cycle.parts.asked))
    for one in cycle.triage.read(room).values():
        yield {
            "id": one.id,
            "p_poison": round(one.p_poison, 4),
            "decision": one.decision.value,
            "label": one.label,
            "learnable": one.id not in asked and one.learnable,
            "reasons": list(one.reasons),
        }
    for row in rows_of(room, cycle.propagated.rows) if cycle.propagated else ():
        yield {
            "id": row.id,
            "p_poison": None,
            "decision": "carried",
            "label": str(row.target),
            "learnable": True,
            "reasons": ["nobody judged it; a call like it was corrected so"],
        }


def _asked(cycle: Cycle) -> tuple[record.Asked, ...]:
    found = cycle.parts.contested if cycle.parts else ()
    return tuple(
        record.Asked(one.answered, one.corrected, len(one.groups), one.answers, one.p)
        for one in found
    )


def _weaknesses(cycle: Cycle) -> tuple[record.Weakness, ...]:
    found = cycle.probes.clusters if cycle.probes else ()
    return tuple(
        record.Weakness(one.name, one.answered, one.right, one.calls, one.found.sentence)
        for one in found
    )


def _search(room: Room, cycle: Cycle) -> SearchReport:
    if cycle.searched is None:
        return SearchReport()
    winner = cycle.entrant.trial if cycle.entrant else None
    return search_report(room, cycle.searched, cycle.request.target, winner)


def _rule(found: RuleResult) -> record.Rule:
    return record.Rule(found.name, found.passed, found.sentence)


def _looked(one: Finalist) -> record.Looked:
    rules = tuple(map(_rule, one.verdict.rules))
    return record.Looked(one.entrant.trial, one.entrant.recipe, one.verdict.outcome.value, rules)


def _next_steps(cycle: Cycle, outcome: Improved) -> tuple[Step, ...]:
    name, steps = outcome.model, []
    contested = cycle.parts is not None and cycle.parts.contested
    near = cycle.propagated is not None and cycle.propagated.calls > cycle.propagated.learned
    if contested or near or (cycle.parts is not None and outcome.decision != "promoted"):
        steps.append(Step("answer what only a human can tell", f"pioneer traces review {name}"))
    if outcome.decision == "promoted" and not cycle.request.dry_run:
        steps.append(Step("serve the version before", f"pioneer models rollback {name}"))
    elif outcome.version is not None:
        force = f'pioneer models promote {name}@{outcome.version} --force --reason "..."'
        steps.append(Step("serve it although it was not promoted", force))
    return tuple(steps)
