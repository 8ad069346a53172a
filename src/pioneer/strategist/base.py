"""The seam for whoever decides what to try next: rules today, an LLM later."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from pioneer.families.base import Space
from pioneer.records import Recipe, Trial
from pioneer.search.graph import REPEAT, recipe_hash, tried


@dataclass(frozen=True, slots=True)
class SearchState:
    """All that a strategist may know. It never sees rows of gate or test."""

    space: Space
    trials: tuple[Trial, ...]
    noise: float
    """A smaller difference between two scores is chance."""
    target: float
    rows: int
    """Train rows at hand."""
    iteration: int
    planned: int
    """Trials that the whole run is expected to have."""
    seed: int = 0
    """The seed that proposed recipes carry."""
    instruction: str = ""
    metric: str = "accuracy"
    labels: tuple[str, ...] = ()
    failures: Mapping[str, int] = field(default_factory=dict)
    """Wrong dev rows of the best trial by label, the most first."""


@dataclass(frozen=True, slots=True)
class Proposal:
    recipe: Recipe
    operator: str
    """draft | expand | evolve | fuse | seed"""
    hypothesis: str
    """Why, in one plain sentence for the report."""
    parents: tuple[int, ...] = ()


class Strategist(Protocol):
    """Proposes recipes before it sees any of their results."""

    def propose(self, state: SearchState, k: int, rng: random.Random) -> list[Proposal]:
        """At most k different recipes, none of them tried before; fewer where none is left."""
        ...


_APART = 1000


def chance(seed: int, iteration: int) -> random.Random:
    """The source of chance of one iteration: a resumed run draws what the first one drew."""
    return random.Random(f"{seed}/{iteration}")


def repeats(trials: Sequence[Trial], trial: Trial, seeds: int = 3) -> list[Proposal]:
    """The trial's recipe under further seeds, so that `seeds` seeds in all measure its noise.

    Seeds lie far from the trial's own, whose neighbours a recipe may use itself. Those already
    tried are not proposed again.
    """
    known = tried(trials)
    wanted = [
        replace(trial.recipe, seed=trial.recipe.seed + step * _APART) for step in range(1, seeds)
    ]
    return [
        Proposal(
            recipe,
            REPEAT,
            f"repeats trial {trial.number} with seed {recipe.seed} to measure the noise of seeds",
            (trial.number,),
        )
        for recipe in wanted
        if recipe_hash(recipe) not in known
    ]
