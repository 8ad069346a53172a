"""Rule (a): the candidate is better than the deployed version, beyond chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from pioneer.evaluation.measure import Measure
from pioneer.evaluation.paired import mid_p, permutation_p
from pioneer.gates.records import PairedRow, Permuted, RuleResult, Shares
from pioneer.records import RowStat

NAME = "better"
LEVEL = 0.05
Z_LEAST = 1.645
_HAIR = 1e-12


@lru_cache(maxsize=65536)
def is_gain(fixed: int, broken: int) -> bool:
    """Rows in traffic proportion: mid-p of the fixed among the changed, at most 5 %."""
    return mid_p(fixed, broken) <= LEVEL + _HAIR


@lru_cache(maxsize=65536)
def is_gain_in_traffic(fixed: int, wrong: int, broken: int, right: int, shares: Shares) -> bool:
    """Failures out of proportion: z, and mid-p at the odds of traffic, for z alone is easily won.

    With few broken rows z's own variance vanishes with them: it lets 10-15 % through where nothing
    is gained. See docs/gates.md.
    """
    _, z = weighted(fixed, wrong, broken, right, shares)
    p = traffic_p(fixed, broken, break_odds(wrong, right, shares))
    return right > 0 and z >= Z_LEAST and p <= LEVEL + _HAIR


def traffic_p(fixed: int, broken: int, odds: float = 0.5) -> float:
    """Mid-p of so many fixes where a change is a break with the given odds: P(X > b) + P(X = b)/2.

    One half gives the plain mid-p.
    """
    from scipy.stats import binom

    changed = fixed + broken
    above, here = binom.sf(fixed, changed, 1 - odds), binom.pmf(fixed, changed, 1 - odds)
    return float(above + here / 2)


def break_odds(wrong: int, right: int, shares: Shares | None) -> float:
    """The chance that a changed row is a broken one if nothing is gained or lost in traffic.

    One half; less where failures were over-sampled and more where too few are there, so that a fix
    counts what it is worth.
    """
    if shares is None or not right or not wrong:
        return 0.5
    fix, loss = shares.wrong / wrong, shares.right / right
    return fix / (fix + loss)


def weighted(
    fixed: int, wrong: int, broken: int, right: int, shares: Shares
) -> tuple[float, float]:
    """Failures out of proportion: the gain in traffic, and its z.

    `fixed` of `wrong` rows and `broken` of `right` rows changed. A kind of row that is not there
    says nothing of its share of traffic: no fixes without wrong rows, half a broken row of one
    without right rows.
    """
    fixes = fixed / wrong if wrong else 0.0
    breaks = broken / right if right else 0.0
    cautious = (broken + 0.5) / (right + 1)
    variance = shares.right**2 * cautious * (1 - cautious) / max(right, 1)
    if wrong:
        variance += shares.wrong**2 * fixes * (1 - fixes) / wrong
    gain = shares.wrong * fixes - shares.right * breaks
    return gain, gain / math.sqrt(variance)


def permuted(
    ours: Sequence[RowStat], theirs: Sequence[RowStat], measure: Measure, seed: int = 0
) -> Permuted:
    """The paired permutation test on the aggregate, whole groups swapped."""
    return Permuted(
        metric=measure.metric,
        difference=measure(ours) - measure(theirs),
        p=permutation_p(ours, theirs, measure, seed),
    )


def better(
    rows: Sequence[PairedRow], shares: Shares | None = None, found: Permuted | None = None
) -> RuleResult:
    """`rows` hold one row a group."""
    if found is not None:
        return _by_permutation(found, len(rows))
    return _by_counts(rows) if shares is None else _by_shares(rows, shares)


def _by_counts(rows: Sequence[PairedRow]) -> RuleResult:
    fixed, broken = sum(row.fixed for row in rows), sum(row.broken for row in rows)
    gain = (fixed - broken) / len(rows) if rows else 0.0
    p, passed = mid_p(fixed, broken), is_gain(fixed, broken)
    sentence = (
        f"of {len(rows)} groups {fixed} went from wrong to right and {broken} the other way: "
        f"{100 * gain:+.1f} points, mid-p {p:.3f}, {_than(passed)} {LEVEL}"
    )
    numbers = {
        "test": "mid-p",
        "groups": len(rows),
        "fixed": fixed,
        "broken": broken,
        "gain": gain,
        "p": p,
        "level": LEVEL,
    }
    return RuleResult(NAME, passed, sentence, numbers)


def _by_shares(rows: Sequence[PairedRow], shares: Shares) -> RuleResult:
    fixed, broken = sum(row.fixed for row in rows), sum(row.broken for row in rows)
    right = sum(row.was_right for row in rows)
    wrong = len(rows) - right
    gain, z = weighted(fixed, wrong, broken, right, shares)
    p = traffic_p(fixed, broken, break_odds(wrong, right, shares))
    passed = is_gain_in_traffic(fixed, wrong, broken, right, shares)
    sentence = (
        f"{fixed} of {wrong} wrong groups are right now and {broken} of {right} right ones are "
        f"wrong: {100 * gain:+.1f} points in traffic, of which {100 * shares.wrong:.1f} % fail, "
        f"z {z:.2f} "
        f"(at least {Z_LEAST} is needed), mid-p at the odds of traffic {p:.3f} (at most {LEVEL})"
    )
    numbers = {
        "test": "weighted z",
        "groups": len(rows),
        "fixed": fixed,
        "wrong": wrong,
        "broken": broken,
        "right": right,
        "share_wrong": shares.wrong,
        "gain": gain,
        "z": z,
        "least": Z_LEAST,
        "p": p,
        "level": LEVEL,
    }
    return RuleResult(NAME, passed, sentence, numbers)


def _by_permutation(found: Permuted, groups: int) -> RuleResult:
    passed = found.p <= LEVEL + _HAIR
    sentence = (
        f"{found.metric} changes by {found.difference:+.4f} on {groups} groups, "
        f"permutation p {found.p:.3f}, {_than(passed)} {LEVEL}"
    )
    numbers = {
        "test": "permutation",
        "groups": groups,
        "metric": found.metric,
        "gain": found.difference,
        "p": found.p,
        "level": LEVEL,
    }
    return RuleResult(NAME, passed, sentence, numbers)


def _than(passed: bool) -> str:
    return "at most" if passed else "above"
