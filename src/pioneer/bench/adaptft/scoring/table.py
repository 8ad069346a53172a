"""The report as Markdown, short enough for a README."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pioneer.bench.adaptft.scoring.headlines import columns, headlines, scored, written
from pioneer.report.markdown import plain, table
from pioneer.report.numbers import NONE, metric, plural


def markdown(report: Mapping[str, Any]) -> str:
    """A row for each arm and a column for each scenario, then the headlines."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    scenarios, suite = report["scenarios"], report["suite"]
    arms = dict.fromkeys(arm for one in scenarios.values() for arm in one["arms"])
    heads = [
        f"{plain(name)}: {plain(metric(one['metric']))}, {plural(one['seeds'], 'seed')}"
        for name, one in suite["scenarios"].items()
    ]
    yield "After the last stage, mean over seeds, with 95 % intervals:"
    yield ""
    yield from table(["arm", *heads], (_row(arm, scenarios.values()) for arm in arms))
    yield ""
    yield from table(
        ["agent", *(plain(name) for name in columns(report))],
        ([line.name, *line.cells] for line in headlines(report)),
    )
    yield ""
    yield (
        "‘rows only’: an interval over source rows, since too few seeds ran for one over seeds; "
        "‘few seeds’: one over the few seeds and their rows. Recovery: what the agent gains over "
        "no-op, by what the oracle gains."
    )
    if told := written(report):
        yield ""
        yield plain(told)


def _row(arm: str, scenarios: Iterable[Mapping[str, Any]]) -> list[str]:
    last = [one["arms"][arm][-1] if arm in one["arms"] else None for one in scenarios]
    return [arm, *(scored(found) if found else NONE for found in last)]
