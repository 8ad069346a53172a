"""The share of traffic that the served version gets wrong, where the gate rows show less of it.

Triage doubts corrections above all, so failures are rarer among the rows that judge than they are
in traffic. All logged rows whose groups would judge, each weighed by the chance that it is logged
rightly, tell how often they come.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from pioneer.gates.records import PairedRow, Shares


def least_share(rows: Iterable[tuple[bool, float]]) -> float:
    """The share of failures, less one standard error: gate rows that are weighed by too large a
    share would let through what is no better. `rows` hold one row a group: whether the served
    version gets it wrong, and the probability that the row is logged rightly. 0 without rows."""
    wrong = total = 0.0
    for failed, chance in rows:
        total += chance
        wrong += chance * failed
    if not total:
        return 0.0
    share = wrong / total
    return max(0.0, share - math.sqrt(share * (1 - share) / total))


def shares(gate: Sequence[PairedRow], given: float | None, least: float) -> Shares | None:
    """What the gate rows are weighed by: the share that was given; else the one that traffic has at
    `least`, if the rows show fewer failures; else None, for they are in proportion."""
    if given is not None:
        return Shares(given)
    failures = sum(not row.was_right for row in gate)
    return Shares(least, estimated=True) if failures < least * len(gate) < len(gate) else None
