from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.evaluation.noise import noise_floor, seed_deviation

SCORES = st.floats(0, 1)


@given(st.lists(SCORES, min_size=2, max_size=5))
def test_one_recipe_gives_its_own_deviation(scores: list[float]) -> None:
    assert seed_deviation([scores]) == pytest.approx(statistics.stdev(scores), abs=1e-9)


@given(st.lists(st.lists(SCORES, max_size=4), max_size=4))
def test_the_pooled_deviation_lies_between_those_of_the_recipes(runs: list[list[float]]) -> None:
    each = [statistics.stdev(scores) for scores in runs if len(scores) > 1]
    pooled = seed_deviation(runs)
    assert pooled >= min(each, default=0.0) - 1e-9
    assert pooled <= max(each, default=0.0) + 1e-9


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_floor_is_above_both_of_its_sources(error: float, deviation: float) -> None:
    floor = noise_floor(error, deviation)
    assert floor >= max(error, deviation)
    assert floor <= error + deviation + 1e-12
