"""The gate: every rule on one candidate, and the order in which finalists are asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pioneer.gates import better as rule_a
from pioneer.gates.earlier import best_earlier
from pioneer.gates.export import export
from pioneer.gates.limit import Limit
from pioneer.gates.look import Look, look
from pioneer.gates.records import (
    Evidence,
    GateVerdict,
    Outcome,
    RuleResult,
    one_per_group,
)
from pioneer.gates.regressions import regressions
from pioneer.gates.slices import slices

FINALISTS = 3


def gate(evidence: Evidence, limit: Limit | None = None, last: Look | None = None) -> GateVerdict:
    """Promote only what is better and passes every safety rule.

    Where the rows do not allow a look, no other rule is asked.
    """
    asked = look([row.group for row in evidence.gate], last)
    if not asked.passed:
        return GateVerdict(Outcome.NEED_MORE_DATA, asked.sentence, (asked,))
    return _verdict((asked, *_rules(evidence, limit or Limit())))


def finalists(
    candidates: Iterable[Evidence], limit: Limit | None = None, last: Look | None = None
) -> Iterator[GateVerdict]:
    """A verdict for each finalist that is looked at, in the given order; the last decides.

    The next one is drawn from `candidates` only if the one before was better and failed a safety
    rule. At most three.
    """
    for position, evidence in enumerate(candidates, start=1):
        verdict = gate(evidence, limit, last)
        yield verdict
        if position == FINALISTS or not ask_next(verdict):
            return


def ask_next(verdict: GateVerdict) -> bool:
    """Whether the next finalist may be looked at after this one."""
    better = verdict.rule(rule_a.NAME)
    return verdict.outcome is Outcome.HOLD and better is not None and better.passed


def _rules(evidence: Evidence, limit: Limit) -> Iterator[RuleResult]:
    rows = one_per_group(evidence.gate)
    ratchet = one_per_group(evidence.ratchet, seen={row.group for row in rows})
    given = evidence.shares if evidence.shares and not evidence.shares.estimated else None
    yield rule_a.better(rows, evidence.shares, evidence.permuted)
    yield regressions(rows, ratchet, limit, given)
    yield best_earlier(evidence.earlier)
    yield slices(rows, ratchet, given)
    yield export(evidence.agreement)


def _verdict(rules: tuple[RuleResult, ...]) -> GateVerdict:
    failed = [rule for rule in rules if not rule.passed]
    if not failed:
        told = next(rule.sentence for rule in rules if rule.name == rule_a.NAME)
        return GateVerdict(Outcome.PROMOTED, told, rules)
    reason = "; ".join(f"{rule.name}: {rule.sentence}" for rule in failed)
    return GateVerdict(Outcome.HOLD, reason, rules)
