"""Which plots the page has. What has no data has no plot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from markupsafe import Markup

from pioneer.bench.adaptft.scoring.headlines import columns, only, recovered
from pioneer.bench.adaptft.scoring.page.recoveries import Recovered, recoveries
from pioneer.bench.adaptft.scoring.page.stages import by_stage
from pioneer.report.numbers import bare, interval, percent, plural
from pioneer.report.plots.bars import Axis, Bar, bars

Plot: TypeAlias = Markup | None

_SHARE = Axis(1.0, lambda value: bare(value, 0), (0.0, 0.25, 0.5, 0.75, 1.0))


@dataclass(frozen=True, slots=True)
class OfScenario:
    stages: Plot
    """Score by stage and arm."""
    poison: Plot
    """Share that was detected, by kind."""
    good: Plot
    """Share that was learned from, by kind."""


@dataclass(frozen=True, slots=True)
class Figures:
    recoveries: Plot
    scenarios: Mapping[str, OfScenario]


def figures(report: Mapping[str, Any]) -> Figures:
    return Figures(
        _recoveries(report),
        {
            name: OfScenario(
                by_stage(f"plot-stages-{number}", one["stages"], one["arms"]),
                _by_kind(f"plot-poison-{number}", "Poison detected", one["triage"], "detected"),
                _by_kind(f"plot-good-{number}", "Rows learned from", one["triage"], "kept"),
            )
            for number, (name, one) in enumerate(report["scenarios"].items(), start=1)
        },
    )


def _recoveries(report: Mapping[str, Any]) -> Plot:
    rows = [
        Recovered(f"{name}, {what}", found["value"], found["ci95"], recovered(found), tone)
        for name, one in columns(report).items()
        for what, tone in (("candidate", "bar"), ("deployed", "bar-quiet"))
        if (found := one[f"{what}_recovery"])["value"] is not None
    ]
    return recoveries("plot-recoveries", rows) if rows else None


def _by_kind(name: str, title: str, triage: Mapping[str, Any] | None, share: str) -> Plot:
    kinds = triage["by_kind"] if triage else {}
    rows = [
        _bar(kind, one[share]) for kind, one in kinds.items() if one[share] and one[share]["rows"]
    ]
    rows.sort(key=lambda bar: bar.value)
    return bars(name, title, rows, _SHARE) if rows else None


def _bar(kind: str, share: Mapping[str, Any]) -> Bar:
    low, high = share["ci95"]
    shown = percent(share["value"])
    hint = (
        f"{kind}: {shown} ({interval((low, high))}{only(share)}) of {plural(share['rows'], 'row')}"
    )
    return Bar(kind, share["value"], shown, hint, (low, high))
