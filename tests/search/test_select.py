from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.records import Trial, dump, load
from pioneer.search.graph import REPEAT, candidates, value
from pioneer.search.select import fallen, parents, standing, uct
from tests.search.trial_trees import journals, trial

PLANNED = st.sampled_from((4, 16, 60))
NOISE = st.sampled_from((0.0, 0.02, 0.2))


@given(journals(most=24), PLANNED, NOISE, st.integers(0, 3))
def test_replaying_the_journal_gives_the_same_parents(
    trials: list[Trial], planned: int, noise: float, seed: int
) -> None:
    replayed = [load(Trial, dump(trial)) for trial in trials]
    chosen = parents(trials, planned, noise, random.Random(seed))
    assert chosen == parents(replayed, planned, noise, random.Random(seed))
    assert bool(chosen) == bool(candidates(trials))
    assert len(chosen) == len(set(map(id, chosen))) <= 3


@given(journals(most=24), PLANNED, NOISE)
def test_what_fell_is_rolled_back(trials: list[Trial], planned: int, noise: float) -> None:
    scores = {t.number: value(t) for t in candidates(trials)}
    for chosen in parents(trials, planned, noise, random.Random(0)):
        assert chosen.score is not None
        for parent in chosen.parents:
            assert value(chosen) >= scores[parent] - noise


def test_a_descendant_of_a_fall_stands_only_where_the_fall_began() -> None:
    trials = [trial(0, 0.9), trial(1, 0.8, (0,)), trial(2, 0.85, (1,)), trial(3, 0.89, (2,))]
    assert fallen(trials, 0.02) == {1, 2}
    assert [t.number for t in standing(trials, 0.02)] == [0, 3]


def test_a_fused_trial_falls_below_its_better_parent() -> None:
    trials = [trial(0, 0.9), trial(1, 0.8), trial(2, 0.85, (0, 1), operator="fuse")]
    assert fallen(trials, 0.01) == {2}


def test_early_the_best_two_are_expanded() -> None:
    trials = [trial(number, 0.5 + number / 100) for number in range(11)]
    assert [t.number for t in parents(trials, 100, 0.0, random.Random(0))] == [10, 9]


def test_of_equal_scores_the_earlier_comes_first() -> None:
    trials = [trial(number, 0.5) for number in range(4)]
    assert [t.number for t in parents(trials, 100, 0.1, random.Random(0))] == [0, 1]


def test_in_the_last_third_the_best_three_are_expanded() -> None:
    trials = [trial(number, 0.5 + number / 100) for number in range(12)]
    assert [t.number for t in parents(trials, 18, 0.0, random.Random(0))] == [11, 10, 9]
    assert len(parents(trials, 19, 0.0, random.Random(0))) == 2


def test_uct_prefers_the_less_visited_of_equals() -> None:
    trials = [trial(0, 0.80), trial(1, 0.80)]
    trials += [trial(number, 0.80, (0,)) for number in range(2, 12)]
    trials.append(trial(12, 0.60))
    chosen = parents(trials, 60, 0.01, random.Random(0))
    assert chosen[0].number != 0
    assert 0 not in [t.number for t in chosen]


def test_the_exploration_term_is_the_one_of_the_method() -> None:
    assert uct(0.4, 3, 20, 0.25) == pytest.approx(0.4 + 0.375 * math.sqrt(math.log(20) / 3))
    assert uct(0.4, 3, 20, 1.0) == uct(0.4, 3, 20, 1.5) == 0.4


def test_repeats_and_failures_are_never_parents() -> None:
    trials = [trial(0, 0.5), trial(1, 0.9, (0,), operator=REPEAT, seed=1), trial(2, None)]
    assert [t.number for t in parents(trials, 10, 0.0, random.Random(0))] == [0]
    assert parents([trial(0, None)], 10, 0.0, random.Random(0)) == []
