"""How much of what perfect triage gains over doing nothing the agent gains too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from pioneer.bench.adaptft.scoring.estimates import (
    Estimate,
    Floats,
    Measured,
    estimate,
    picks,
    pooled,
    two_level_kind,
)
from pioneer.bench.adaptft.scoring.marks import AGENT, GATED, ORACLE, Marked, Run, Sheet
from pioneer.report.record import Interval

LEAST_GAIN = 0.03
"""What perfect triage must surely gain, for there to be anything to recover."""
NOTHING = "nothing to recover"

Gain: TypeAlias = tuple[Measured, Measured]
"""Of a seed: what the agent gains over no-op, and what the oracle does."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Sum over seeds of what the agent gains, by the sum of what the oracle gains."""

    value: float | None
    ci95: Interval | None = None
    """Of a bootstrap over seeds and, within them, source rows."""
    ci90_low: float | None = None
    kind: str | None = None
    seeds: int = 0
    gained: Estimate | None = None
    """Over no-op, by the agent."""
    possible: Estimate | None = None
    """Over no-op, by the oracle."""
    below_noop: bool | None = None
    """Whether the agent ends below no-op."""
    note: str | None = None
    """Why there is no value, or no interval; which scenarios it is without."""


def candidate_gains(marked: Marked) -> list[Gain]:
    """The last version that the agent made, promoted or not, and what the oracle deploys."""
    stages = len(marked.stages)
    return _gains(marked, ORACLE, lambda run: run.candidate(AGENT, stages))


def deployed_gains(marked: Marked) -> list[Gain]:
    """What the agent deploys in the end, and what the oracle does under the agent's gate."""
    stages = len(marked.stages)
    return _gains(marked, GATED, lambda run: run.steps[AGENT, stages].deployed)


def recovery(gains: Sequence[Gain], needed: int) -> Recovery:
    """Of one scenario. None as value where the oracle's gain is not surely above LEAST_GAIN."""
    if not gains:
        return Recovery(None, note="no seed has the agent, the oracle and no-op")
    gained = estimate([ours for ours, _ in gains], needed)
    possible = estimate([theirs for _, theirs in gains], needed)
    if not _worthwhile(possible):
        return Recovery(
            None,
            seeds=len(gains),
            gained=gained,
            possible=possible,
            below_noop=_below(gained),
            note=NOTHING,
        )
    return _ratio([gains], [needed], gained, possible)


def pooled_recovery(scenarios: Mapping[str, Sequence[Gain]], needed: Sequence[int]) -> Recovery:
    """Of all scenarios where there is something to recover: sums over all their seeds. Scenarios
    are fixed, seeds and rows are drawn anew. The note names what is left out."""
    kept = {
        name: (gains, least)
        for (name, gains), least in zip(scenarios.items(), needed, strict=True)
        if gains and _worthwhile(estimate([theirs for _, theirs in gains], least))
    }
    if not kept:
        return Recovery(None, note=NOTHING)
    some, most = [gains for gains, _ in kept.values()], [least for _, least in kept.values()]
    gained = pooled([[ours for ours, _ in gains] for gains in some], most)
    possible = pooled([[theirs for _, theirs in gains] for gains in some], most)
    found = _ratio(some, most, gained, possible)
    left = [name for name in scenarios if name not in kept]
    notes = [found.note, f"without {', '.join(left)}" if left else None]
    return replace(found, note="; ".join(note for note in notes if note) or None)


def _gains(marked: Marked, oracle: str, ours: Callable[[Run], Sheet]) -> list[Gain]:
    last = len(marked.stages)
    return [
        (
            ours(run).whole - run.first.whole,
            run.steps[oracle, last].deployed.whole - run.first.whole,
        )
        for run in marked.whole(AGENT, oracle)
    ]


def _worthwhile(possible: Estimate) -> bool:
    return possible.ci95[0] >= LEAST_GAIN


def _below(gained: Estimate) -> bool:
    return gained.value < -1e-9


def _ratio(
    scenarios: Sequence[Sequence[Gain]],
    needed: Sequence[int],
    gained: Estimate,
    possible: Estimate,
) -> Recovery:
    gains = [gain for some in scenarios for gain in some]
    value = sum(ours.value for ours, _ in gains) / sum(theirs.value for _, theirs in gains)
    lowest, low, high = _quantiles(*_drawn(scenarios))
    sure = np.isfinite([low, high]).all()
    return Recovery(
        value,
        (min(value, low), max(value, high)) if sure else None,
        min(value, lowest) if np.isfinite(lowest) else None,
        two_level_kind([len(some) for some in scenarios], needed),
        len(gains),
        gained,
        possible,
        _below(gained),
        None if sure else "what the oracle gains is too unsure for an interval",
    )


def _drawn(scenarios: Sequence[Sequence[Gain]]) -> tuple[Floats, Floats]:
    """Both sums, for each draw."""
    chance = np.random.default_rng(0)
    ours, theirs = [], []
    for gains in scenarios:
        pick = picks([one for one, _ in gains], chance)
        ours.append(pick([one for one, _ in gains]))
        theirs.append(pick([one for _, one in gains]))
    return np.sum(ours, axis=0), np.sum(theirs, axis=0)


def _quantiles(ours: Floats, theirs: Floats) -> tuple[float, float, float]:
    """5, 2.5 and 97.5 %. A draw in which the oracle gains nothing could mean anything: it counts
    as lowest and as highest."""
    some = theirs > 0
    ratio = np.divide(ours, theirs, out=np.zeros_like(ours), where=some)
    lows = np.quantile(np.where(some, ratio, -np.inf), (0.05, 0.025), method="lower")
    high = np.quantile(np.where(some, ratio, np.inf), 0.975, method="higher")
    return float(lows[0]), float(lows[1]), float(high)
