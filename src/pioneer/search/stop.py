"""When to stop, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pioneer.budget import Budget
from pioneer.records import Trial
from pioneer.search.graph import candidates, value
from pioneer.search.policy import since_gain, stagnation

PATIENCE = 3
"""Iterations without a gain that make a plateau once evolve and fuse were tried in them."""
_FAILING = 2
"""Iterations after which a search without one success is given up."""
_UTMOST = 5
"""Iterations without a gain that make a plateau whatever was tried in them."""


class StopReason(StrEnum):
    TARGET = "target"
    PLATEAU = "plateau"
    TRIALS = "trials"
    TIME = "time"
    EXHAUSTED = "exhausted"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Stop:
    reason: StopReason
    sentence: str


def stop_reason(
    trials: Sequence[Trial],
    target: float,
    noise: float,
    budget: Budget,
    elapsed: float,
    iteration_seconds: float,
    *,
    reserved: float = 0.0,
) -> Stop | None:
    """Why no further iteration should start, or None. The clock is asked last.

    `iteration_seconds` is what the next iteration is expected to take, `reserved` what must be
    left after it for the final fit and the report. The first iteration always may start.
    """
    return (
        _on_target(trials, target)
        or _on_failures(trials)
        or _on_plateau(trials, noise)
        or _out_of_trials(trials, budget)
        or _out_of_time(trials, budget, elapsed, iteration_seconds, reserved)
    )


def exhausted(trials: Sequence[Trial]) -> Stop:
    """The stop for when the strategist proposes nothing more."""
    sentence = f"nothing new is left to try after {_count(len(trials), 'trial')}"
    return Stop(StopReason.EXHAUSTED, sentence)


def trials_left(trials: Sequence[Trial], budget: Budget) -> int | None:
    """How many trials the budget still allows; None means no limit."""
    return None if budget.trials is None else max(0, budget.trials - len(trials))


def _on_target(trials: Sequence[Trial], target: float) -> Stop | None:
    top = max(map(value, candidates(trials)), default=None)
    if top is None or top < target:
        return None
    return Stop(StopReason.TARGET, f"the target of {target:.3f} is reached: {top:.3f} on dev")


def _on_failures(trials: Sequence[Trial]) -> Stop | None:
    rounds = len({trial.iteration for trial in trials})
    if rounds < _FAILING or candidates(trials):
        return None
    sentence = f"every training failed in {_count(rounds, 'iteration')}"
    return Stop(StopReason.FAILING, sentence)


def _on_plateau(trials: Sequence[Trial], noise: float) -> Stop | None:
    stuck = stagnation(trials, noise)
    operators = {trial.operator for trial in since_gain(trials, noise)}
    enough = PATIENCE if {"evolve", "fuse"} <= operators else _UTMOST
    if stuck < enough:
        return None
    words = " and ".join(sorted(operators))
    return Stop(
        StopReason.PLATEAU,
        f"no gain above the noise ({noise:.3f}) in {_count(stuck, 'iteration')} of {words}",
    )


def _out_of_trials(trials: Sequence[Trial], budget: Budget) -> Stop | None:
    if trials_left(trials, budget) != 0:
        return None
    return Stop(StopReason.TRIALS, f"the budget of {_count(len(trials), 'trial')} is used")


def _out_of_time(
    trials: Sequence[Trial], budget: Budget, elapsed: float, expected: float, reserved: float
) -> Stop | None:
    if budget.seconds is None or not trials:
        return None
    left = budget.seconds - elapsed - reserved
    if left >= expected and left > 0:
        return None
    return Stop(
        StopReason.TIME,
        f"another iteration takes about {expected:.0f} s, but {max(0.0, left):.0f} s are left"
        f" besides {reserved:.0f} s for the final fit",
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
