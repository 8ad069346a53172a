"""What is decided without training anything, or by the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pioneer.data.rows import Manifest
from pioneer.diagnosis.records import LogRow
from pioneer.gates.look import look
from pioneer.gates.records import GateVerdict, RuleResult
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.loop.traffic.contest import Contest
from pioneer.loop.traffic.log import Log
from pioneer.loop.traffic.parts import Parts
from pioneer.records import Ruling as Said
from pioneer.records import dump

PROMOTED, HOLD, MORE = "promoted", "hold", "need_more_data"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The decision of a cycle, why, and the arithmetic behind it."""

    decision: str
    reason: str
    gate: Mapping[str, Any] = field(default_factory=dict)


UNDECIDED = Ruling("failed", "nothing was decided")


def unjudged(log: Log) -> Ruling | None:
    """Where no logged call can be learned from or judged by."""
    if log.counts.get("judged", 0) - log.counts.get("without a right answer", 0) > 0:
        return None
    read = log.counts.get("read", 0)
    reason = f"none of {read} traces has a verdict that tells the right answer"
    return Ruling(MORE, f"{reason}; `pioneer traces review` asks for some")


def beforehand(room: Room, request: Improve, rows: Sequence[LogRow], parts: Parts) -> Ruling | None:
    """Where there is nothing to repair, or too little to tell whether a repair is one."""
    if not any(row.ruling is Said.FAIL for row in rows):
        told = f"the served version answers all {len(rows)} judged calls as the log says is right"
        return Ruling(HOLD, f"nothing to repair: {told}")
    if "gate" in request.without:
        return None
    gate = room.read(Manifest, parts.gate).entries
    found = look([entry.group for entry in gate], parts.last)
    return None if found.passed else Ruling(MORE, found.sentence, _arithmetic([found]))


def by_gate(contest: Contest, small: bool = False) -> Ruling:
    """The last finalist's verdict decides."""
    verdict: GateVerdict = contest.last.verdict
    note = "; small log: judged out of fold, the fit that ships was not itself scored"
    reason = verdict.reason + (note if small else "")
    return Ruling(verdict.outcome.value, reason, _arithmetic(verdict.rules))


def _arithmetic(rules: Sequence[RuleResult]) -> dict[str, Any]:
    """Every rule that was asked, by name."""
    return {rule.name: dump(rule) for rule in rules}
