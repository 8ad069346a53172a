"""The headlines of the report as a table of texts, for the page and for Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pioneer.bench.adaptft.scoring.estimates import FEW_SEEDS, OVER_ROWS
from pioneer.bench.adaptft.scoring.marks import AGENT, ORDER
from pioneer.report.numbers import NONE, bare, count, interval, percent, points, points_interval

Document: TypeAlias = Mapping[str, Any]

ALL = "all"
"""The column of the suite."""
_UNIT = "\u00a0points"


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    cells: tuple[str, ...]


def columns(report: Document) -> dict[str, Document]:
    """What has headlines: every scenario, and the suite where there are several."""
    found = dict(report["scenarios"])
    return found | {ALL: report["suite"]} if len(found) > 1 else found


def headlines(report: Document) -> list[Line]:
    """A line for each figure, a cell for each column."""
    shown = list(columns(report).values())
    pairs = dict.fromkeys(name for one in shown for name in one["pairs"])
    others = dict.fromkeys(arm for one in shown for arm in one["recoveries"] if arm not in ORDER)
    lines: list[tuple[str, Callable[[Document], str]]] = [
        ("candidate recovery", lambda one: recovered(one["candidate_recovery"])),
        ("deployed recovery", lambda one: recovered(one["deployed_recovery"])),
        ("gain of the oracle", lambda one: gained(one["oracle_gain"])),
        ("harmful promotions of the agent", lambda one: harms(one, AGENT)),
        ("poison detected: precision", lambda one: _of_triage(one, "precision")),
        ("poison detected: recall", lambda one: _of_triage(one, "recall")),
        ("poison detected: F1", lambda one: _f1(one["triage"])),
        ("wrong answers detected: precision", lambda one: _of_wrong(one, "precision")),
        ("wrong answers detected: recall", lambda one: _of_wrong(one, "recall")),
        (
            "wrong answers detected: F1",
            lambda one: _f1(one["triage"] and one["triage"]["harmful"]),
        ),
        ("good rows learned from", lambda one: _of_triage(one, "clean_kept")),
        ("naive, for 10 % more poison", lambda one: gained(one["naive_slope"])),
    ]
    found = [Line(name, tuple(tell(one) for one in shown)) for name, tell in lines]
    found += [_pair(name, shown) for name in pairs]
    return found + [line for arm in others for line in _other(arm, shown)]


def recovered(found: Document) -> str:
    """`97.2 % (93.1 to 99.0 %)`, or why there is no such figure."""
    if found["value"] is None:
        return recovered_span(found)
    aside = f", {found['note']}" if found["note"] and found["ci95"] is not None else ""
    return f"{percent(found['value'])} ({recovered_span(found)}){aside}"


def recovered_span(found: Document) -> str:
    """The interval, or why there is none."""
    if found["value"] is not None and found["ci95"] is not None:
        low, high = found["ci95"]
        return f"{bare(low)} to {percent(high)}{only(found)}"
    return f"{found['note']}{', and it ends below no-op' if found['below_noop'] else ''}"


def gained(found: Document) -> str:
    """`+3.1 points (+1.2 to +5.0)`."""
    return NONE if found["value"] is None else f"{points(found['value'])} ({gained_span(found)})"


def gained_span(found: Document) -> str:
    if found["ci95"] is None:
        return NONE
    return f"{points_interval(found['ci95']).removesuffix(_UNIT)}{only(found)}"


def harms(one: Document, arm: str) -> str:
    """`2`, or `2, and 3 on too few questions`."""
    if arm not in one["harmful_by_arm"]:
        return NONE
    unsure = sum(harm["arm"] == arm and not harm["enough"] for harm in one["harmful"])
    aside = f", and {count(unsure)} on too few questions" if unsure else ""
    return f"{count(one['harmful_by_arm'][arm])}{aside}"


def decided(stage: Document) -> str:
    """`3 promoted, 2 hold`."""
    found: Counter[str] = Counter(stage["decisions"])
    return ", ".join(f"{often} {what.replace('_', ' ')}" for what, often in sorted(found.items()))


def judged(stage: Document) -> str:
    """How many of the decisions were right, of those that can be told."""
    told = [one for one in stage["right"] if one is not None]
    return f"{sum(told)} of {len(told)}" if told else NONE


def scored(found: Document) -> str:
    """`93.4 % (91.9–94.6 %)`."""
    if found["value"] is None:
        return NONE
    return f"{percent(found['value'])} ({interval(found['ci95'])}{only(found)})"


def only(found: Document) -> str:
    """Says so where an interval tells nothing of other seeds."""
    kind = found.get("kind")
    return f", {kind}" if kind in (OVER_ROWS, FEW_SEEDS) else ""


def written(report: Document) -> str:
    """`Written on 2026-03-02 by pioneer 0.1.0, Python 3.12.3, on ...`; empty where it is not
    known."""
    if "facts" not in report:
        return ""
    told = report["facts"]
    states = {code for one in report["scenarios"].values() for code in one["codes"]}
    mixed = f" Its turns were taken by {len(states)} states of the code." if len(states) > 1 else ""
    return (
        f"Written on {told['written']} by pioneer {told['pioneer']} under Python "
        f"{told['python']}, on {told['machine']}.{mixed}"
    )


def _of_triage(one: Document, name: str) -> str:
    return scored(one["triage"][name]) if one["triage"] else NONE


def _of_wrong(one: Document, name: str) -> str:
    return scored(one["triage"]["harmful"][name]) if one["triage"] else NONE


def _f1(found: Document | None) -> str:
    """`91.2 %`; of several scenarios `91.2 % (mean of scenarios: 90.4 %)`."""
    if found is None or found["f1"] is None:
        return NONE
    if found["mean_f1"] == found["f1"]:
        return percent(found["f1"])
    return f"{percent(found['f1'])} (mean of scenarios: {percent(found['mean_f1'])})"


def _other(arm: str, shown: Sequence[Document]) -> list[Line]:
    """Of an arm that is not a standard one."""

    def told(what: str) -> tuple[str, ...]:
        known = (one["recoveries"].get(arm) for one in shown)
        return tuple(recovered(found[what]) if found else NONE for found in known)

    return [
        Line(f"{arm}: candidate recovery", told("candidate")),
        Line(f"{arm}: deployed recovery", told("deployed")),
        Line(f"{arm}: harmful promotions", tuple(harms(one, arm) for one in shown)),
    ]


def _pair(name: str, shown: Sequence[Document]) -> Line:
    ours, _, other = name.partition("-")
    cells = [gained(one["pairs"][name]) if name in one["pairs"] else NONE for one in shown]
    return Line(f"{ours} against {other}", tuple(cells))
