"""How much of what perfect triage gains over doing nothing an arm gains too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pioneer.bench.adaptft.scoring.estimates import (
    T90_LOW,
    Estimate,
    Floats,
    Measured,
    estimate,
    picks,
    pooled,
    two_level_kind,
    widening,
)
from pioneer.bench.adaptft.scoring.marks import AGENT, GATED, ORACLE, Marked, Run, Sheet
from pioneer.report.record import Interval

LEAST_GAIN = 0.03
"""What perfect triage must surely gain, for there to be anything to recover."""
NOTHING = "nothing to recover"
HELD = "the gate held the oracle back: it gains nothing"
_UNSURE = "what the oracle gains is too unsure for an interval"
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Gain:
    """Of a seed, over no-op."""

    ours: Measured
    """By the arm."""
    theirs: Measured
    """By the oracle that it is compared with, under a gate or not."""
    oracle: Measured
    """By the one without a gate, which tells whether there is anything to recover."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Sum over seeds of what an arm gains, by the sum of what an oracle gains."""

    value: float | None
    ci95: Interval | None = None
    """Of a bootstrap over seeds and, within them, source rows."""
    ci90_low: float | None = None
    kind: str | None = None
    seeds: int = 0
    gained: Estimate | None = None
    """Over no-op, by the arm."""
    possible: Estimate | None = None
    """Over no-op, by the oracle that it is compared with."""
    below_noop: bool | None = None
    """Whether the arm ends below no-op."""
    note: str | None = None
    """Why there is no value, or no interval; which scenarios it is without."""


def candidate_gains(marked: Marked, arm: str = AGENT) -> list[Gain]:
    """The last version that the arm made, promoted or not, and what the oracle deploys."""
    stages = len(marked.stages)
    return _gains(marked, arm, ORACLE, lambda run: run.candidate(arm, stages))


def deployed_gains(marked: Marked, arm: str = AGENT) -> list[Gain]:
    """What the arm deploys in the end, and what the oracle does under the agent's gate."""
    stages = len(marked.stages)
    return _gains(marked, arm, GATED, lambda run: run.steps[arm, stages].deployed)


def recovery(gains: Sequence[Gain], needed: int) -> Recovery:
    """Of one scenario. None as value where the gain of the oracle without a gate is not surely
    above LEAST_GAIN, or the one under it gains nothing."""
    if not gains:
        return Recovery(None, note="no seed has all the arms that this takes")
    gained = estimate([one.ours for one in gains], needed)
    possible = estimate([one.theirs for one in gains], needed)
    if not _worthwhile(gains, needed):
        return _without_value(NOTHING, len(gains), gained, possible)
    return _ratio([gains], [needed], gained, possible)


def pooled_recovery(scenarios: Mapping[str, Sequence[Gain]], needed: Sequence[int]) -> Recovery:
    """Of all scenarios where there is something to recover: sums over all their seeds. Scenarios
    are fixed, seeds and rows are drawn anew. The note names what is left out."""
    kept = {
        name: (gains, least)
        for (name, gains), least in zip(scenarios.items(), needed, strict=True)
        if gains and _worthwhile(gains, least)
    }
    if not kept:
        return Recovery(None, note=NOTHING)
    some, most = [gains for gains, _ in kept.values()], [least for _, least in kept.values()]
    gained = pooled([[one.ours for one in gains] for gains in some], most)
    possible = pooled([[one.theirs for one in gains] for gains in some], most)
    found = _ratio(some, most, gained, possible)
    left = [name for name in scenarios if name not in kept]
    notes = [found.note, f"without {', '.join(left)}" if left else None]
    return replace(found, note="; ".join(note for note in notes if note) or None)


def _gains(marked: Marked, arm: str, oracle: str, ours: Callable[[Run], Sheet]) -> list[Gain]:
    last = len(marked.stages)
    return [
        Gain(
            ours(run).whole - run.first.whole,
            run.steps[oracle, last].deployed.whole - run.first.whole,
            run.steps[ORACLE, last].deployed.whole - run.first.whole,
        )
        for run in marked.whole(arm, oracle, ORACLE)
    ]


def _worthwhile(gains: Sequence[Gain], needed: int) -> bool:
    return estimate([one.oracle for one in gains], needed).ci95[0] >= LEAST_GAIN


def _without_value(note: str, seeds: int, gained: Estimate, possible: Estimate) -> Recovery:
    return Recovery(
        None,
        seeds=seeds,
        gained=gained,
        possible=possible,
        below_noop=_below(gained),
        note=note,
    )


def _below(gained: Estimate) -> bool:
    return gained.value < -_ROUNDING


def _ratio(
    scenarios: Sequence[Sequence[Gain]],
    needed: Sequence[int],
    gained: Estimate,
    possible: Estimate,
) -> Recovery:
    gains = [gain for some in scenarios for gain in some]
    theirs = sum(one.theirs.value for one in gains)
    if theirs <= _ROUNDING:
        return _without_value(HELD, len(gains), gained, possible)
    value = sum(one.ours.value for one in gains) / theirs
    seeds = [len(some) for some in scenarios]
    lowest, low, high = _ends(value, min((n for n in seeds if n > 1), default=1), scenarios)
    sure = np.isfinite([low, high]).all()
    return Recovery(
        value,
        (low, high) if sure else None,
        lowest if np.isfinite(lowest) else None,
        two_level_kind(seeds, needed),
        len(gains),
        gained,
        possible,
        _below(gained),
        None if sure else _UNSURE,
    )


def _ends(
    value: float, seeds: int, scenarios: Sequence[Sequence[Gain]]
) -> tuple[float, float, float]:
    """The lower end of the 90 % interval, and both of the 95 % one, which hold the value.
    `seeds`: for how few of them they are widened."""
    lowest, low, high = _quantiles(*_drawn(scenarios))
    wide = widening(seeds)
    return (
        value - widening(seeds, T90_LOW) * max(0.0, value - lowest),
        value - wide * max(0.0, value - low),
        value + wide * max(0.0, high - value),
    )


def _drawn(scenarios: Sequence[Sequence[Gain]]) -> tuple[Floats, Floats]:
    """Both sums, for each draw."""
    chance = np.random.default_rng(0)
    ours, theirs = [], []
    for gains in scenarios:
        pick = picks([one.ours for one in gains], chance)
        ours.append(pick([one.ours for one in gains]))
        theirs.append(pick([one.theirs for one in gains]))
    return np.sum(ours, axis=0), np.sum(theirs, axis=0)


def _quantiles(ours: Floats, theirs: Floats) -> tuple[float, float, float]:
    """5, 2.5 and 97.5 %. A draw in which the oracle gains nothing could mean anything: it counts
    as lowest and as highest."""
    some = theirs > 0
    ratio = np.divide(ours, theirs, out=np.zeros_like(ours), where=some)
    lows = np.quantile(np.where(some, ratio, -np.inf), (0.05, 0.025), method="lower")
    high = np.quantile(np.where(some, ratio, np.inf), 0.975, method="higher")
    return float(lows[0]), float(lows[1]), float(high)
