"""The end of a run in the terminal: the decision, the scores, the trials, where the report is."""

from __future__ import annotations

from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pioneer.records import Score, Trial
from pioneer.report.cycle import CycleReport
from pioneer.report.numbers import (
    duration,
    interval,
    metric,
    percent,
    plural,
    points,
    points_interval,
    sentence,
)
from pioneer.report.plots.svg import clean
from pioneer.report.record import RunReport, SearchReport
from pioneer.report.views import failed_trials, headline, headline_gain, warnings

_COLOURS = {"promoted": "green", "hold": "yellow", "need_more_data": "blue", "failed": "red"}


def summary_table(report: RunReport, html: Path | None = None) -> RenderableType:
    """Texts of others are shown as they are: no markup, no control characters."""
    parts: list[RenderableType] = [_decision(report), Text(), _scores(report), Text()]
    if report.search.trials:
        parts += [_trials(report.search), Text()]
    parts.append(_cost(report))
    if html is not None:
        parts.append(Text(f"report: {_safe(str(html))}", overflow="fold"))
    return Group(*parts)


def cycle_table(report: CycleReport, html: Path | None = None) -> RenderableType:
    """The end of a production cycle."""
    colour = _COLOURS.get(report.decision, "default")
    decision = (_safe(report.decision.replace("_", " ")), f"bold {colour}")
    line = Text.assemble((_safe(report.made), "bold"), ": ", decision)
    line.append(f"\n{_safe(sentence(report.reason))}")
    parts: list[RenderableType] = [line, Text(), _log(report), Text()]
    if report.scores:
        parts += [_versions(report), Text()]
    if report.search.trials:
        parts += [_trials(report.search), Text()]
    parts.append(Text(duration(report.cost.seconds)))
    if html is not None:
        parts.append(Text(f"report: {_safe(str(html))}", overflow="fold"))
    return Group(*parts)


def _log(report: CycleReport) -> Table:
    """What became of the logged calls, a line for each step."""
    table = _table("log", "")
    steps = {
        "traces": report.traces,
        "triage": report.triage,
        "cut": report.parts,
        "learned from": report.curriculum,
        "new labels": report.new_labels,
    }
    for name, counts in steps.items():
        told = ", ".join(f"{_safe(what)} {count:,}" for what, count in counts.items() if count)
        if told:
            table.add_row(name, told)
    for weak in report.weaknesses:
        table.add_row("probed", f"{_safe(weak.name)}: {_safe(weak.finding)}")
    for one in report.asked:
        told = f"{_safe(one.answered)} -> {_safe(one.corrected)}, {plural(one.groups, 'group')}"
        table.add_row("ask a human", told)
    return table


def _versions(report: CycleReport) -> Table:
    table = _table("", *(f"{name} {metric(report.task.metric)}" for name in report.scores))
    for name, scores in ((report.made, report.scores), (report.served, report.parent_scores)):
        row = [_score(scores.get(part)) for part in report.scores]
        table.add_row(Text(_safe(name), "bold" if name == report.made else ""), *row)
    return table


def _decision(report: RunReport) -> Text:
    colour = _COLOURS.get(report.decision, "default")
    decision = (_safe(report.decision.replace("_", " ")), f"bold {colour}")
    line = Text.assemble((_safe(report.model_version), "bold"), ": ", decision)
    gain = headline_gain(report)
    if gain is not None:
        line.append(f", {points(gain.value)} over {_safe(gain.over)}")
        line.append(f" ({points_interval(gain.ci95)})" if gain.ci95 else "")
    line.append(f"\n{_safe(sentence(report.reason))}")
    for warning in warnings(report):
        line.append(f"\n{_safe(sentence(warning))}", "yellow")
    return line


def _scores(report: RunReport) -> Table:
    top = headline(report)
    title = metric(top.score.metric) if top else "score"
    table = _table("", f"dev {title}", f"sealed test {title}")
    winner = report.winner
    dev = winner.score if winner is not None else None
    test = report.test.score if report.test is not None else None
    table.add_row(Text(_safe(report.model_version), "bold"), _score(dev), _score(test))
    for baseline in report.search.baselines:
        table.add_row(Text(_safe(baseline.name)), _score(baseline.dev), _score(baseline.test))
    return table


def _trials(search: SearchReport) -> Table:
    table = _table("trial", "round", "how", "strategy", "dev", "training")
    for trial in search.trials:
        won = trial.number == search.winner
        table.add_row(*_trial_cells(trial), style="bold green" if won else "")
    return table


def _trial_cells(trial: Trial) -> tuple[str | Text, ...]:
    origin = f" of {', '.join(map(str, trial.parents))}" if trial.parents else ""
    return (
        str(trial.number),
        str(trial.iteration),
        Text(_safe(trial.operator + origin)),
        Text(_safe(trial.recipe.strategy)),
        _score(trial.score) if trial.score else Text(trial.status.value, "red"),
        duration(trial.cost.seconds),
    )


def _cost(report: RunReport) -> Text:
    line = f"{duration(report.cost.seconds)}, {plural(len(report.search.trials), 'trial')}"
    failed = failed_trials(report)
    return Text(f"{line}, {failed} failed" if failed else line)


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _score(score: Score | None) -> Text:
    if score is None:
        return Text("–")
    return Text.assemble(percent(score.value), (f" ({interval(score.ci95)})", "dim"))


def _safe(content: str) -> str:
    return " ".join(clean(content).split())
