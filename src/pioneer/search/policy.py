"""What kind of change comes next, from the score band and the trajectory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pioneer.records import Trial
from pioneer.search.graph import REPEAT, candidates, value
from pioneer.search.select import best_first, fallen, standing

REBUILD_BELOW = 0.80
SURGICAL_ABOVE = 0.95
STAGNATION = 2
"""Iterations without a gain above the noise after which expanding is not enough."""


class Move(StrEnum):
    DRAFT = "draft"  # nothing finished yet: start from the space's own order
    REBUILD = "rebuild"  # change the data
    TUNE = "tune"  # change hyperparameters or the base, data fixed
    SURGICAL = "surgical"  # small targeted changes of the data
    EVOLVE = "evolve"  # stagnating: mutate along the trajectory, or fuse two branches


@dataclass(frozen=True, slots=True)
class Decision:
    move: Move
    rolled_back: tuple[int, ...]
    """Trials of the last iteration that fell beyond the noise; nothing is built on them."""
    reason: str
    """One sentence for the report."""


def decide(trials: Sequence[Trial], noise: float) -> Decision:
    """The next move. Always continues from the best; a fall is undone, never compensated."""
    ranked = best_first(standing(trials, noise))
    if not ranked:
        return Decision(Move.DRAFT, (), "no trial has finished yet")
    last = max(trial.iteration for trial in trials)
    gone = fallen(trials, noise)
    undone = tuple(t.number for t in trials if t.iteration == last and t.number in gone)
    top, stuck = value(ranked[0]), stagnation(trials, noise)
    back = f"; rolled back {_named(undone)}" if undone else ""
    if stuck >= STAGNATION:
        reason = f"{stuck} iterations without a gain above the noise ({noise:.3f}){back}"
        return Decision(Move.EVOLVE, undone, reason)
    move = band(top)
    return Decision(move, undone, f"best score {top:.3f}: {_meaning(move)}{back}")


def band(score: float) -> Move:
    """The move that the score alone calls for."""
    if score < REBUILD_BELOW:
        return Move.REBUILD
    return Move.SURGICAL if score > SURGICAL_ABOVE else Move.TUNE


def stagnation(trials: Sequence[Trial], noise: float) -> int:
    """Iterations since the best score last rose by more than the noise.

    Small steps add up: each is measured from the last gain, not from the step before. An
    iteration in which every trial failed counts as one without a gain.
    """
    scored = candidates(trials)
    if not scored:
        return 0
    last_gain = min(trial.iteration for trial in scored)
    reference = max(value(trial) for trial in scored if trial.iteration == last_gain)
    for iteration in sorted({trial.iteration for trial in scored}):
        top = max(value(trial) for trial in scored if trial.iteration == iteration)
        if top > reference + noise:
            reference, last_gain = top, iteration
    return len({trial.iteration for trial in _moves(trials) if trial.iteration > last_gain})


def since_gain(trials: Sequence[Trial], noise: float) -> list[Trial]:
    """The trials of the iterations that `stagnation` counts."""
    rounds = sorted({trial.iteration for trial in _moves(trials)})
    late = set(rounds[len(rounds) - stagnation(trials, noise) :])
    return [trial for trial in _moves(trials) if trial.iteration in late]


def _moves(trials: Sequence[Trial]) -> list[Trial]:
    """All but the repeats, which measure noise and are no attempt to gain."""
    return [trial for trial in trials if trial.operator != REPEAT]


def _meaning(move: Move) -> str:
    return {
        Move.REBUILD: f"below {REBUILD_BELOW:.2f}, so the data comes first",
        Move.TUNE: "hyperparameters and base, data fixed",
        Move.SURGICAL: f"above {SURGICAL_ABOVE:.2f}, so only small targeted changes",
    }.get(move, move.value)


def _named(numbers: Sequence[int]) -> str:
    return "trial " + ", ".join(map(str, numbers))
