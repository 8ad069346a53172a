from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.records import Trial
from pioneer.search.graph import REPEAT, candidates
from pioneer.search.policy import Move, band, decide, since_gain, stagnation
from tests.search.trial_trees import journals, trial


@pytest.mark.parametrize(
    ("score", "move"),
    [
        (0.0, Move.REBUILD),
        (0.799, Move.REBUILD),
        (0.80, Move.TUNE),
        (0.95, Move.TUNE),
        (0.951, Move.SURGICAL),
    ],
)
def test_the_band_of_the_best_score_decides(score: float, move: Move) -> None:
    assert band(score) is move
    assert decide([trial(0, score), trial(1, 0.0)], 0.01).move is move


def test_before_any_result_there_are_drafts() -> None:
    assert decide([], 0.0).move is Move.DRAFT
    assert decide([trial(0, None)], 0.0).move is Move.DRAFT


def test_a_fall_is_rolled_back_and_named() -> None:
    trials = [trial(0, 0.90), trial(1, 0.5), trial(2, 0.85, (0,)), trial(3, 0.895, (0,))]
    found = decide(trials, 0.02)
    assert found.rolled_back == (2,)
    assert "rolled back trial 2" in found.reason
    assert found.move is Move.TUNE


def test_two_iterations_without_a_gain_stagnate() -> None:
    trials = [trial(0, 0.90), trial(1, 0.5), trial(2, 0.905, (0,)), trial(3, 0.9, (0,))]
    assert stagnation(trials, 0.02) == 1
    assert decide(trials, 0.02).move is Move.TUNE
    trials += [trial(4, 0.91, (0,)), trial(5, None, (0,))]
    assert stagnation(trials, 0.02) == 2
    assert decide(trials, 0.02).move is Move.EVOLVE
    assert [t.number for t in since_gain(trials, 0.02)] == [2, 3, 4, 5]


def test_small_steps_add_up_to_a_gain() -> None:
    trials = [trial(at, 0.80 + 0.008 * at, iteration=at) for at in range(4)]
    assert stagnation(trials[:3], 0.02) == 2
    assert stagnation(trials, 0.02) == 0


def test_an_iteration_that_fails_gains_nothing_and_repeats_do_not_count() -> None:
    trials = [trial(0, 0.8, iteration=0), trial(1, None, iteration=1)]
    assert stagnation(trials, 0.0) == 1
    trials.append(trial(2, 0.99, (0,), operator=REPEAT, seed=1, iteration=2))
    assert stagnation(trials, 0.0) == 1


@given(journals(), st.sampled_from((0.0, 0.05)))
def test_stagnation_counts_whole_iterations(trials: list[Trial], noise: float) -> None:
    stuck = stagnation(trials, noise)
    assert 0 <= stuck <= len({t.iteration for t in trials})
    assert len({t.iteration for t in since_gain(trials, noise)}) == stuck
    assert not candidates(trials) or decide(trials, noise).move is not Move.DRAFT
