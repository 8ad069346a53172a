"""The rules against random proposals, on surfaces whose optimum is known."""

from __future__ import annotations

import random
import statistics
from dataclasses import dataclass
from functools import cache

import pytest

from pioneer.families.base import Space
from pioneer.records import Recipe
from pioneer.search.graph import candidates, value
from pioneer.strategist.base import Proposal, SearchState, Strategist
from pioneer.strategist.rules import RulesStrategist
from tests.strategist.worlds import SPACE, Hill, noisy, optimum, run, whole

WORLDS = range(30)
NOISE = 0.006


RULES = RulesStrategist()


@dataclass(frozen=True)
class RandomStrategist:
    """Any recipe of the space; with `drafts`, each strategy's defaults first."""

    drafts: bool

    def propose(self, state: SearchState, k: int, rng: random.Random) -> list[Proposal]:
        known = len(state.trials)
        first = [_default(state.space, at) for at in range(len(state.space.strategies))]
        chosen = first[known : known + k] if self.drafts else []
        chosen += rng.sample(whole(state.space), k - len(chosen))
        return [Proposal(recipe, "draft", "by chance") for recipe in chosen]


def _default(space: Space, at: int) -> Recipe:
    strategy = space.strategies[at]
    return Recipe(space.bases[0], strategy.name, strategy.defaults(), space.mixes[0])


@cache
def regret(strategist: Strategist, world: int, trials: int) -> float:
    """How far the chosen recipe truly is from the optimum; it is chosen by its noisy score."""
    hill = Hill(world)
    surface = noisy(hill, NOISE, world)
    journal = run(strategist, SPACE, surface, trials, seed=world, noise=NOISE)
    return optimum(hill) - hill(max(candidates(journal), key=value).recipe)


@pytest.mark.parametrize("drafts", [False, True])
@pytest.mark.parametrize("trials", [12, 20])
def test_rules_come_nearer_to_the_optimum_than_chance(trials: int, drafts: bool) -> None:
    rules = [regret(RULES, world, trials) for world in WORLDS]
    chance = [regret(RandomStrategist(drafts), world, trials) for world in WORLDS]
    assert statistics.mean(rules) < 0.8 * statistics.mean(chance)
    near = sum(one <= 0.01 for one in rules), sum(one <= 0.01 for one in chance)
    assert near[0] > near[1]
    assert sum(a < b for a, b in zip(rules, chance, strict=True)) > 0.6 * len(WORLDS)
