"""Spaces and response surfaces for the tests of the strategist."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import product

from hypothesis import strategies as st

from pioneer.families.base import Knob, Space, Strategy
from pioneer.records import Mix, Recipe, Score, Trial, TrialStatus, canonical, content_hash
from pioneer.strategist.base import Proposal, SearchState, Strategist, chance

PROBE = Strategy("probe.v1", (Knob("c", (0.1, 1.0, 10.0), 1.0),), 1.0)
FULL = Strategy(
    "full.v1",
    (
        Knob("batch_size", (8, 16, 32), 16),
        Knob("learning_rate", (1e-5, 3e-5, 1e-4, 3e-4), 3e-5),
        Knob("epochs", (2, 4, 8, 16), 4),
        Knob("freeze_embeddings", (True, False), True),
    ),
    5.0,
)
PAIRS = Strategy(
    "pairs.v1",
    (
        Knob("learning_rate", (1e-5, 3e-5, 1e-4), 3e-5),
        Knob("pairs", (5, 10, 20, 40), 10),
        Knob("head", ("logistic", "centroid"), "logistic"),
    ),
    6.0,
)
MIXES = (Mix(), Mix(drop_suspects=True), Mix(hard_share=0.35), Mix(max_imbalance=3.0))
SPACE = Space((PROBE, FULL, PAIRS), ("small",), MIXES)
TINY = Space((PROBE,), ("small", "large"), MIXES[:2])

Surface = Callable[[Recipe], float | None]
"""The score of a recipe; None where its training fails."""


def state(space: Space, trials: list[Trial], **changes: object) -> SearchState:
    iteration = 1 + max((trial.iteration for trial in trials), default=-1)
    known: dict[str, object] = {
        "space": space,
        "trials": tuple(trials),
        "noise": 0.01,
        "target": 0.99,
        "rows": 500,
        "iteration": iteration,
        "planned": 24,
    }
    return SearchState(**{**known, **changes})  # type: ignore[arg-type]


def done(number: int, iteration: int, proposal: Proposal, score: float | None) -> Trial:
    return Trial(
        number,
        iteration,
        proposal.recipe,
        proposal.operator,
        proposal.hypothesis,
        proposal.parents,
        TrialStatus.FAILED if score is None else TrialStatus.FINISHED,
        None if score is None else Score("accuracy", score, (score, score), 500),
    )


def run(
    strategist: Strategist,
    space: Space,
    surface: Surface,
    trials: int,
    *,
    k: int = 2,
    seed: int = 0,
    noise: float = 0.01,
) -> list[Trial]:
    """A search without stop rules but the number of trials."""
    journal: list[Trial] = []
    iteration = 0
    while len(journal) < trials:
        now = state(space, journal, planned=trials, noise=noise)
        proposed = strategist.propose(now, min(k, trials - len(journal)), chance(seed, iteration))
        if not proposed:
            break
        for proposal in proposed:
            score = surface(proposal.recipe)
            journal.append(done(len(journal), iteration, proposal, score))
        iteration += 1
    return journal


@cache
def whole(space: Space) -> tuple[Recipe, ...]:
    return tuple(
        Recipe(base, strategy.name, dict(zip(strategy.defaults(), values, strict=True)), mix)
        for strategy, base, mix in product(space.strategies, space.bases, space.mixes)
        for values in product(*(knob.values for knob in strategy.knobs))
    )


@dataclass(frozen=True)
class Hill:
    """A random surface: each strategy has its level and, for each knob, a best value.

    The best values lie near the defaults, as they do where defaults are chosen with care.
    """

    seed: int
    space: Space = SPACE

    def __call__(self, recipe: Recipe) -> float:
        score = 0.85 + self._normal(recipe.strategy, 0.0, 0.02)
        if recipe.mix != self.space.mixes[0]:
            score += self._normal(canonical(recipe.mix), -0.002, 0.008)
        for strategy in self.space.strategies:
            for knob in strategy.knobs if strategy.name == recipe.strategy else ():
                score += self._knob(strategy.name, knob, knob.values.index(recipe.hyper[knob.name]))
        return min(0.999, score)

    def _knob(self, strategy: str, knob: Knob, at: int) -> float:
        name = f"{strategy}/{knob.name}"
        best = knob.values.index(knob.default) + self._normal(f"{name}/best", 0.3, 1.3)
        best = min(len(knob.values) - 1.0, max(0.0, best))
        steepness = abs(self._normal(f"{name}/steepness", 0.0, 0.01))
        return -steepness * min((at - best) ** 2, 6.0)

    def _normal(self, name: str, mean: float, deviation: float) -> float:
        return _gauss(f"{self.seed}/{name}", mean, deviation)


@cache
def _gauss(seed: str, mean: float, deviation: float) -> float:
    return random.Random(seed).gauss(mean, deviation)


@cache
def optimum(hill: Hill) -> float:
    return max(map(hill, whole(hill.space)))


def noisy(surface: Callable[[Recipe], float], deviation: float, seed: int) -> Surface:
    """The surface as a dev set sees it; the same recipe always draws the same noise."""

    def measured(recipe: Recipe) -> float:
        error = random.Random(f"{seed}/{content_hash(recipe)}").gauss(0.0, deviation)
        return min(1.0, max(0.0, surface(recipe) + error))

    return measured


@st.composite
def surfaces(draw: st.DrawFn) -> Surface:
    """Any surface at all, with failures: scores drawn by hash."""
    seed = draw(st.integers(0, 1000))
    failing = draw(st.sampled_from((0.0, 0.2, 0.6)))
    low, high = draw(st.sampled_from(((0.3, 0.9), (0.85, 0.9), (0.96, 1.0), (0.7, 0.7))))

    def surface(recipe: Recipe) -> float | None:
        rng = random.Random(f"{seed}/{content_hash(recipe)}")
        return None if rng.random() < failing else round(rng.uniform(low, high), 3)

    return surface
