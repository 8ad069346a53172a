"""Which trial wins, and how noisy the trials are: both read paired rows, not just scores."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

from pioneer.errors import TrainingError
from pioneer.evaluation.measure import MEAN, Measure
from pioneer.evaluation.noise import noise_floor, seed_deviation
from pioneer.evaluation.paired import compare, shared
from pioneer.records import RowStat, Trial
from pioneer.search.graph import candidates, finished, seedless, value

StatsOf: TypeAlias = Callable[[Trial], Sequence[RowStat]]
"""The dev RowStats of a finished trial."""

_Z = 1.96
_SLACK = 1e-9  # one row gained is exactly one standard error; rounding must not decide


@dataclass(frozen=True, slots=True)
class Edge:
    """One trial's lead over another, with its standard error."""

    lead: float
    error: float


def best(
    trials: Sequence[Trial],
    stats_of: StatsOf,
    measure: Measure = MEAN,
    *,
    seed_sd: float = 0.0,
    costs: Mapping[str, float] | None = None,
    tolerance: float = 1.0,
) -> Trial:
    """The trial to ship. Raises TrainingError if every training failed.

    Two trials are compared on the rows that both were scored on. Within `tolerance` x the noise
    of that comparison they tie, and the cheaper strategy (`costs` by name), then the earlier
    trial wins.
    """
    scored = candidates(trials)
    if not scored:
        raise _nothing_trained(trials)
    prices = costs or {}

    def rank(trial: Trial) -> tuple[float, int]:
        return prices.get(trial.recipe.strategy, math.inf), trial.number

    top = leader(scored, stats_of, measure)
    tied = [top]
    for trial in scored:
        if trial.number != top.number:
            edge = lead(top, trial, stats_of, measure)
            if edge.lead <= tolerance * noise_floor(edge.error, seed_sd) + _SLACK:
                tied.append(trial)
    return min(tied, key=rank)


def leader(scored: Sequence[Trial], stats_of: StatsOf, measure: Measure = MEAN) -> Trial:
    """The trial that beats the others one by one on shared rows.

    Starts from those scored on the most rows. One scored on fewer rows must lead by more than the
    standard error of that comparison: luck is larger there, and the luckiest would win.
    """
    rows = {trial.number: trial.score.n if trial.score else 0 for trial in scored}
    order = sorted(scored, key=lambda t: (-rows[t.number], -value(t), t.number))

    def better(holder: Trial, challenger: Trial) -> Trial:
        edge = lead(challenger, holder, stats_of, measure)
        fewer = rows[challenger.number] < rows[holder.number]
        return challenger if edge.lead > (edge.error if fewer else 0.0) + _SLACK else holder

    return reduce(better, order)


def lead(one: Trial, other: Trial, stats_of: StatsOf, measure: Measure = MEAN) -> Edge:
    """How far `one` is ahead, paired on shared rows; from the two scores where none is shared."""
    ours, theirs = shared(stats_of(one), stats_of(other))
    if not ours:
        return Edge(value(one) - value(other), math.hypot(_own_error(one), _own_error(other)))
    found = compare(ours, theirs, measure)
    return Edge(found.difference, found.standard_error)


def noise(trials: Sequence[Trial], stats_of: StatsOf, measure: Measure = MEAN) -> float:
    """The noise floor of the search: sqrt(paired standard error^2 + seed deviation^2).

    The paired error is the median over the leader against every other trial; with fewer than two
    trials it is the leader's own, and 0 before any.
    """
    scored = candidates(trials)
    if not scored:
        return 0.0
    top = leader(scored, stats_of, measure)
    errors = [lead(top, t, stats_of, measure).error for t in scored if t.number != top.number]
    paired = statistics.median(errors) if errors else _own_error(top)
    return noise_floor(paired, seed_sd(trials))


def seed_sd(trials: Sequence[Trial]) -> float:
    """Standard deviation over seeds of one recipe, pooled over recipes; 0 without repeats."""
    scores: dict[str, list[float]] = defaultdict(list)
    for trial in finished(trials):
        scores[seedless(trial.recipe)].append(value(trial))
    return seed_deviation(scores.values())


def _own_error(trial: Trial) -> float:
    if trial.score is None:
        return 0.0
    low, high = trial.score.ci95
    return (high - low) / (2 * _Z)


def _nothing_trained(trials: Sequence[Trial]) -> TrainingError:
    first = next((trial.error for trial in trials if trial.error), None)
    why = f"; the first error: {first}" if first else ""
    return TrainingError(f"none of {len(trials)} trainings succeeded{why}")
