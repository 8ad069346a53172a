"""Which trials to improve on."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from pioneer.records import Trial
from pioneer.search.graph import candidates, finished, value, worths

EARLY = 12
"""Finished trials below which scores say too little for UCT."""
_EXPLORATION = 0.5
_PAIR, _TOP = 2, 3


def parents(trials: Sequence[Trial], planned: int, noise: float, rng: random.Random) -> list[Trial]:
    """The trials to improve on, most promising first; empty if none finished.

    The best two while fewer than 12 have finished, the best three in the last third of the
    `planned` trials, else the two of the highest UCT. Trials that fell are never among them.
    """
    eligible = standing(trials, noise)
    done = len(finished(trials))
    if done < EARLY:
        return best_first(eligible)[:_PAIR]
    if 3 * len(trials) >= 2 * planned:
        return best_first(eligible)[:_TOP]
    return _by_uct(trials, eligible, planned, noise, rng)[:_PAIR]


def standing(trials: Sequence[Trial], noise: float) -> list[Trial]:
    """Candidates that did not fall: none of their parents scored higher by more than the noise."""
    gone = fallen(trials, noise)
    return [trial for trial in candidates(trials) if trial.number not in gone]


def fallen(trials: Sequence[Trial], noise: float) -> frozenset[int]:
    """Trials to roll back: below their best parent by more than the noise, and what grew on them.

    Nothing compensates for a fall, so a descendant stands again only if it beats, or ties with,
    the ancestor that the fall began at.
    """
    heights: dict[int, float] = {}
    gone: set[int] = set()
    for trial in sorted(candidates(trials), key=lambda trial: trial.number):
        above = [heights[parent] for parent in trial.parents if parent in heights]
        height = max(above, default=-math.inf)
        if value(trial) < height - noise:
            gone.add(trial.number)
        heights[trial.number] = max(height, value(trial))
    return frozenset(gone)


def best_first(trials: Sequence[Trial]) -> list[Trial]:
    """By score, the highest first; of equal ones the earlier."""
    return sorted(trials, key=lambda trial: (-value(trial), trial.number))


def uct(reward: float, n: int, total: int, share_done: float) -> float:
    """mean reward + c(t) sqrt(ln N / n), with c(t) = 0.5 (1 - t/T)."""
    exploration = _EXPLORATION * max(0.0, 1.0 - share_done)
    return reward + exploration * math.sqrt(math.log(max(total, 1)) / n)


def _by_uct(
    trials: Sequence[Trial],
    eligible: Sequence[Trial],
    planned: int,
    noise: float,
    rng: random.Random,
) -> list[Trial]:
    found = worths(trials, noise)
    total = len(finished(trials))
    share_done = len(trials) / max(planned, 1)

    def rank(trial: Trial) -> tuple[float, float]:
        worth = found[trial.number]
        return -uct(worth.reward, worth.n, total, share_done), rng.random()

    return sorted(eligible, key=rank)
