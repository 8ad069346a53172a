"""Which plots a report has, by name. What has no data has no plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from markupsafe import Markup

from pioneer.diagnosis.findings import Diagnosis
from pioneer.records import Score
from pioneer.report.cycle import CycleReport
from pioneer.report.numbers import bare, count, duration, interval, metric, percent, plural
from pioneer.report.plots.bars import Axis, Bar, bars, names_width
from pioneer.report.plots.confusion import heat_map, worst_matrix
from pioneer.report.plots.progress import score_by_time, score_by_trial
from pioneer.report.plots.reliability import filled, reliability
from pioneer.report.plots.scale import ticks, time_ticks
from pioneer.report.plots.trial_graph import trial_graph
from pioneer.report.record import (
    Calibration,
    Cell,
    LabelCount,
    LabelScore,
    RunReport,
    SearchReport,
    Stage,
)
from pioneer.report.views import baseline_score, comparison_part, winner_score, worst_labels

SHOWN = 20
_CONFUSIONS = 12
"""Bars that stand open; the rest is folded."""

_SHARE = Axis(1.0, lambda value: bare(value, 0), (0.0, 0.25, 0.5, 0.75, 1.0))

Plot: TypeAlias = Markup | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Markup by place; None where the report has nothing to draw."""

    summary: Plot = None
    histogram: Plot = None
    histogram_rest: Plot = None
    graph: Plot = None
    by_trial: Plot = None
    by_time: Plot = None
    slices: Plot = None
    labels: Plot = None
    labels_rest: Plot = None
    confusion: Plot = None
    reliability: Plot = None
    stages: Plot = None


def figures(report: RunReport) -> Figures:
    drawn = Figures(summary=_summary(report), stages=_stages(report.cost.stages))
    drawn = _with_labels(drawn, report.data.labels)
    drawn = _with_search(drawn, report.search)
    return _with_test(drawn, report)


def cycle_figures(report: CycleReport) -> Figures:
    drawn = Figures(summary=_versions(report), stages=_stages(report.cost.stages))
    return _with_search(drawn, report.search)


def confusion_bars(found: Diagnosis) -> Plot:
    """The confusions of a log by their share of all failures."""
    rows = [
        Bar(
            f"{one.answered or '(no answer)'} for {one.right}",
            one.share,
            percent(one.share),
            f"{one.answered or '(no answer)'} for {one.right}: {percent(one.share)} of the "
            f"failures ({interval(one.ci95)}), {plural(one.rows, 'row')} looked at",
            one.ci95,
        )
        for one in found.confusions[:_CONFUSIONS]
    ]
    most = max((one.ci95[1] for one in found.confusions), default=0.0)
    axis = Axis(most, lambda value: bare(value, 0))
    return bars("plot-confusions", "Confusions", rows, axis) if rows else None


def _with_labels(drawn: Figures, labels: Sequence[LabelCount]) -> Figures:
    ordered = sorted(labels, key=lambda label: (-label.after, -label.before, label.label))
    most = max((max(label.before, label.after) for label in ordered), default=0)
    if not most:
        return drawn
    axis = Axis(most, count, [tick for tick in ticks(0, most, 4) if tick == int(tick)])
    rows = [_count_bar(label) for label in ordered]
    first, rest = _folded("plot-histogram", "Train rows per label", rows, axis)
    return replace(drawn, histogram=first, histogram_rest=rest)


def _with_search(drawn: Figures, search: SearchReport) -> Figures:
    if not search.trials:
        return drawn
    graph = trial_graph(search.trials, search.winner)
    if all(trial.score is None for trial in search.trials):
        return replace(drawn, graph=graph)
    by_time = score_by_time(search) if search.finished_at else None
    return replace(drawn, graph=graph, by_trial=score_by_trial(search), by_time=by_time)


def _with_test(drawn: Figures, report: RunReport) -> Figures:
    test = report.test
    if test is None:
        return drawn
    labels = [_label_bar(score) for score in worst_labels(test.labels)]
    first, rest = _folded("plot-labels", "F1 per label", labels, _SHARE)
    return replace(
        drawn,
        slices=_slices(test.score),
        labels=first,
        labels_rest=rest,
        confusion=_confusion(test.confusion),
        reliability=_reliability(test.calibration),
    )


def _folded(name: str, title: str, rows: Sequence[Bar], axis: Axis) -> tuple[Plot, Plot]:
    """The first SHOWN rows, and the rest."""
    first, rest, width = rows[:SHOWN], rows[SHOWN:], names_width(rows)
    return (
        bars(name, title, first, axis, width) if first else None,
        bars(f"{name}-rest", title, rest, axis, width) if rest else None,
    )


def _slices(score: Score) -> Plot:
    rows = [
        _score_bar(name, Score(score.metric, part.value, part.ci95, part.n))
        for name, part in score.slices.items()
    ]
    return bars("plot-slices", f"{metric(score.metric)} per slice", rows, _SHARE) if rows else None


def _confusion(cells: Sequence[Cell]) -> Plot:
    matrix = worst_matrix(cells)
    return heat_map(matrix) if matrix.rows else None


def _reliability(calibration: Calibration | None) -> Plot:
    if calibration is None or not filled([*calibration.before, *calibration.after]):
        return None
    return reliability(calibration)


def _summary(report: RunReport) -> Plot:
    """The winner and the baselines on the same rows, best first."""
    part = comparison_part(report)
    ours = winner_score(report, part)
    if ours is None:
        return None
    rows = [replace(_score_bar(report.model_version, ours), tone="bar-winner")]
    for baseline in report.search.baselines:
        score = baseline_score(baseline, part)
        if score is not None:
            rows.append(replace(_score_bar(baseline.name, score), tone="bar-quiet"))
    rows.sort(key=lambda bar: -bar.value)
    return bars("plot-summary", f"{metric(ours.metric)}, {part}", rows, _SHARE)


def _versions(report: CycleReport) -> Plot:
    """Both versions on the rows that both were asked."""
    rows = []
    for part in [part for part in report.scores if part in report.parent_scores]:
        ours = _score_bar(f"{report.made}, {part}", report.scores[part])
        theirs = _score_bar(f"{report.served}, {part}", report.parent_scores[part])
        rows += [replace(ours, tone="bar-winner"), replace(theirs, tone="bar-quiet")]
    return bars("plot-summary", f"{metric(report.task.metric)}", rows, _SHARE) if rows else None


def _stages(stages: Sequence[Stage]) -> Plot:
    longest = max((stage.seconds for stage in stages), default=0.0)
    if longest <= 0:
        return None
    rows = [
        Bar(
            stage.name,
            stage.seconds,
            duration(stage.seconds),
            f"{stage.name}: {duration(stage.seconds)}",
        )
        for stage in stages
    ]
    axis = Axis(longest, duration, time_ticks(longest, 3))
    return bars("plot-stages", "Seconds per stage", rows, axis)


def _score_bar(name: str, score: Score) -> Bar:
    hint = f"{name}: {percent(score.value)} ({interval(score.ci95)}), {plural(score.n, 'row')}"
    return Bar(name, score.value, percent(score.value), hint, score.ci95)


def _label_bar(score: LabelScore) -> Bar:
    hint = (
        f"{score.label}: F1 {percent(score.f1)} ({interval(score.f1_ci95)}), precision "
        f"{percent(score.precision)}, recall {percent(score.recall)}, {plural(score.n, 'row')}"
    )
    return Bar(score.label, score.f1, percent(score.f1), hint, score.f1_ci95)


def _count_bar(label: LabelCount) -> Bar:
    hint = f"{label.label}: {plural(label.before, 'row')}, {count(label.after)} after curation"
    before = label.before if label.before != label.after else None
    return Bar(label.label, label.after, count(label.after), hint, before=before)
