"""Rule (b): what the deployed artefact gets right stays right, but for a few."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from pioneer.gates.limit import Limit
from pioneer.gates.records import PairedRow, RuleResult, Shares

NAME = "regressions"
MOST = 1000
"""Rows of the regression set."""
_TOO_FEW = (
    "only {} rows are right in the served version, too few to see what breaks: add rows that it "
    "gets right and never learned"
)


def regression_set(rows: Sequence[PairedRow], most: int = MOST) -> list[PairedRow]:
    """The rows that the deployed artefact gets right now, one a group.

    Above `most`, each label keeps its share; which rows stay is decided by the hash of their group.
    """
    right = [row for row in rows if row.was_right]
    if len(right) <= most:
        return right
    strata: dict[str, list[PairedRow]] = defaultdict(list)
    for row in right:
        strata[row.label].append(row)
    ranked = [
        ((2 * rank + 1) / (2 * len(found)), hash_of(row.group), row)
        for found in strata.values()
        for rank, row in enumerate(sorted(found, key=lambda row: hash_of(row.group)))
    ]
    return [row for _, _, row in sorted(ranked, key=lambda item: item[:2])[:most]]


def regressions(
    gate: Sequence[PairedRow],
    ratchet: Sequence[PairedRow],
    limit: Limit,
    shares: Shares | None = None,
) -> RuleResult:
    """Both parts hold one row a group, and share none.

    The wider limit asks for twice as many fixed as broken gate rows, in traffic proportion. A
    limit that not even all rows could exceed is no test: then the rule does not pass.
    """
    judged = regression_set([*gate, *ratchet])
    right, broken = len(judged), sum(row.broken for row in judged)
    twice = _twice(gate, shares)
    allowed = limit.allowed_if_twice(right) if twice else limit.allowed(right)
    wide = twice and not limit.strict
    blind = right == 0 or (allowed >= right and not limit.strict)
    return RuleResult(
        NAME,
        broken <= allowed and not blind,
        _TOO_FEW.format(right) if blind else _sentence(right, broken, allowed, wide),
        {
            "right": right,
            "broken": broken,
            "allowed": allowed,
            "allowed_always": limit.allowed(right),
            "allowed_if_twice": limit.allowed_if_twice(right),
            "twice_as_many_fixed": twice,
            "gate_fixed": sum(row.fixed for row in gate),
            "gate_broken": sum(row.broken for row in gate),
            "limit": limit.count,
            "strict": limit.strict,
        },
    )


def twice_as_many(
    fixed: int, wrong: int, broken: int, right: int, shares: Shares | None = None
) -> bool:
    """Whether at least two rows are fixed for each broken one, in traffic proportion."""
    if shares is None or not broken:
        return fixed >= 2 * broken
    fixes = shares.wrong * fixed / wrong if wrong else 0.0
    return fixes >= 2 * shares.right * broken / right


def _twice(gate: Sequence[PairedRow], shares: Shares | None) -> bool:
    right = sum(row.was_right for row in gate)
    fixed, broken = sum(row.fixed for row in gate), sum(row.broken for row in gate)
    return twice_as_many(fixed, len(gate) - right, broken, right, shares)


def _sentence(right: int, broken: int, allowed: int, wide: bool) -> str:
    why = " (twice as many gate rows are fixed)" if wide else ""
    return f"of {right} rows that were right {broken} are broken, {allowed} may be{why}"


def hash_of(group: str) -> bytes:
    """Decides which groups stay where there are too many."""
    return hashlib.sha256(f"regressions {group}".encode("utf-8", "surrogatepass")).digest()
