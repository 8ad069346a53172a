"""Questions put to a report that more than one of its renderings asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pioneer.records import Score, TrialStatus
from pioneer.report.numbers import percent
from pioneer.report.record import Baseline, Cell, Gain, LabelScore, RunReport


@dataclass(frozen=True, slots=True)
class Headline:
    """The score to put on top, and where it was measured: `sealed test` or `dev`."""

    score: Score
    part: str


def headline(report: RunReport) -> Headline | None:
    """The test score; where test was not read, the winner's dev score."""
    if report.test is not None:
        return Headline(report.test.score, "sealed test")
    winner = report.winner
    if winner is not None and winner.score is not None:
        return Headline(winner.score, "dev")
    return None


def winner_score(report: RunReport, part: str) -> Score | None:
    if part == "dev":
        return report.winner.score if report.winner is not None else None
    return report.test.score if report.test is not None else None


def baseline_score(baseline: Baseline, part: str) -> Score | None:
    return baseline.dev if part == "dev" else baseline.test


def best_baseline(report: RunReport, part: str) -> Baseline | None:
    """The best of those scored on this part; of equals the first."""
    scored = [b for b in report.search.baselines if baseline_score(b, part) is not None]
    return max(scored, key=lambda b: _value(baseline_score(b, part)), default=None)


def headline_gain(report: RunReport) -> Gain | None:
    """The paired gain if it was measured, else the plain difference (without an interval)."""
    if report.test is not None and report.test.gain is not None:
        return report.test.gain
    part = comparison_part(report)
    ours, best = winner_score(report, part), best_baseline(report, part)
    if ours is None or best is None:
        return None
    return Gain(best.name, ours.value - _value(baseline_score(best, part)))


def comparison_part(report: RunReport) -> str:
    """Where winner and baselines were both scored: where the headline was, or else dev."""
    top = headline(report)
    return top.part if top is not None and best_baseline(report, top.part) else "dev"


def warnings(report: RunReport) -> tuple[str, ...]:
    """What a user must not overlook."""
    part = comparison_part(report)
    ours, best = winner_score(report, part), best_baseline(report, part)
    theirs = None if best is None else baseline_score(best, part)
    if ours is None or best is None or theirs is None or theirs.value <= ours.value:
        return ()
    return (
        f"the baseline {best.name} does better on {part}: {percent(theirs.value)} "
        f"against {percent(ours.value)}",
    )


def failed_trials(report: RunReport) -> int:
    return sum(trial.status is TrialStatus.FAILED for trial in report.search.trials)


def worst_labels(labels: Sequence[LabelScore]) -> list[LabelScore]:
    """Lowest F1 first; labels without a row at the end, for nothing is known of them."""
    return sorted(labels, key=lambda score: (score.n == 0, score.f1, score.label))


def worst_pairs(cells: Sequence[Cell], limit: int = 15) -> list[Cell]:
    """The most frequent mistakes, ties by name."""
    wrong = [cell for cell in cells if cell.output != cell.target and cell.count > 0]
    return sorted(wrong, key=lambda c: (-c.count, c.target, c.output or ""))[:limit]


def _value(score: Score | None) -> float:
    return float("-inf") if score is None else score.value
