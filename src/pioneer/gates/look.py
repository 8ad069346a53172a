"""Whether the gate rows may be opened again, and if not, how many more are needed."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pioneer.gates.cut import GATE_MOST, GATE_SHARE
from pioneer.gates.power import BROKEN, GAIN, POWER, groups_needed
from pioneer.gates.records import RuleResult

NAME = "look"
GROUPS_LEAST = 100
NEW_PERCENT = 30


@dataclass(frozen=True, slots=True)
class Look:
    """The gate groups of one opening, sorted; kept for the next."""

    groups: tuple[str, ...]


def look_at(groups: Iterable[str]) -> Look:
    return Look(tuple(sorted(set(groups))))


def look(groups: Collection[str], last: Look | None = None, broken: float = BROKEN) -> RuleResult:
    """At least 100 groups, at least 30 % of them new since the last look.

    `broken` is the share of traffic that a candidate is expected to break, for the number of rows
    that would decide.
    """
    now = set(groups)
    new = len(now - set(last.groups)) if last else len(now)
    passed = len(now) >= GROUPS_LEAST and 100 * new >= NEW_PERCENT * len(now)
    more = 0 if passed else more_groups(len(now), new, broken)
    numbers = {
        "groups": len(now),
        "groups_least": GROUPS_LEAST,
        "new": new,
        "new_percent_least": NEW_PERCENT,
        "groups_for_power": groups_needed(GAIN, broken),
        "power": POWER,
        "gain": GAIN,
        "more_groups": more,
        "more_rows": judged_rows(more),
    }
    told = f"{len(now)} gate groups, {new} of them new since the last look"
    sentence = told if passed else f"{told}: {_need(more)}"
    return RuleResult(NAME, passed, sentence, numbers)


def more_groups(groups: int, new: int, broken: float = BROKEN) -> int:
    """Further gate groups until a look is due that shows +5 points with 80 % power.

    Each new one may displace old ones, as far as `renewal` lets it.
    """
    wanted = min(GATE_MOST, max(GROUPS_LEAST, groups_needed(GAIN, broken)))
    old = groups - new
    fresh = NEW_PERCENT / 100
    grown = math.ceil(fresh * old / (1 - fresh) - 1e-9) - new
    halved = math.ceil(fresh * old / (2 - fresh) - 1e-9)  # new / fresh is half of old and new
    displaced = max(math.ceil(fresh * wanted - 1e-9), halved) - new
    return max(wanted - groups, min(grown, displaced), 0)


def judged_rows(groups: int) -> int:
    """Judged rows, each in a group of its own, of which so many fall to the gate on average."""
    return math.ceil(groups / GATE_SHARE - 1e-9)


def _need(more: int) -> str:
    return (
        f"a look needs {GROUPS_LEAST}, of which {NEW_PERCENT} % are new; about {judged_rows(more)} "
        f"more judged rows give an {100 * POWER:.0f} % chance to show a gain of "
        f"{100 * GAIN:.0f} points"
    )
