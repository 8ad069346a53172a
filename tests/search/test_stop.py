from __future__ import annotations

import pytest
from hypothesis import given

from pioneer.budget import Budget
from pioneer.records import Trial
from pioneer.search.graph import candidates
from pioneer.search.stop import StopReason, exhausted, stop_reason, trials_left
from tests.search.trial_trees import journals, trial

ENDLESS = Budget()


def reason(trials: list[Trial], budget: Budget = ENDLESS, **clock: float) -> StopReason | None:
    found = stop_reason(
        trials,
        target=0.96,
        noise=0.01,
        budget=budget,
        elapsed=clock.get("elapsed", 0.0),
        iteration_seconds=clock.get("iteration_seconds", 0.0),
        reserved=clock.get("reserved", 0.0),
    )
    assert found is None or found.sentence
    return None if found is None else found.reason


def test_the_target_stops() -> None:
    assert reason([trial(0, 0.96)]) is StopReason.TARGET
    assert reason([trial(0, 0.959)]) is None
    assert reason([]) is None


def stuck(operators: list[str]) -> list[Trial]:
    trials = [trial(0, 0.9, iteration=0)]
    return trials + [
        trial(at, 0.9, (0,), operator=operator, iteration=at)
        for at, operator in enumerate(operators, 1)
    ]


@pytest.mark.parametrize(
    ("operators", "expected"),
    [
        (["expand", "evolve"], None),
        (["expand", "expand", "expand"], None),
        (["expand", "expand", "evolve"], None),
        (["expand", "evolve", "fuse"], StopReason.PLATEAU),
        (["expand"] * 4, None),
        (["expand"] * 5, StopReason.PLATEAU),
    ],
)
def test_a_plateau_needs_evolve_and_fuse_or_more_patience(
    operators: list[str], expected: StopReason | None
) -> None:
    assert reason(stuck(operators)) is expected


def test_a_gain_ends_the_plateau() -> None:
    trials = stuck(["expand", "evolve", "fuse"])
    assert reason([*trials, trial(4, 0.93, (0,), iteration=4)]) is None


def test_the_trial_budget_counts_failures_too() -> None:
    budget = Budget(trials=3)
    trials = [trial(0, 0.5), trial(1, None)]
    assert reason(trials, budget) is None
    assert trials_left(trials, budget) == 1
    assert reason([*trials, trial(2, 0.6)], budget) is StopReason.TRIALS
    assert trials_left(trials, ENDLESS) is None


def test_an_iteration_that_does_not_fit_is_not_started() -> None:
    budget = Budget(seconds=100)
    trials = [trial(0, 0.5)]
    fits = {"elapsed": 50.0, "iteration_seconds": 30.0, "reserved": 20.0}
    assert reason(trials, budget, **fits) is None
    assert reason(trials, budget, **{**fits, "elapsed": 50.5}) is StopReason.TIME
    assert reason(trials, budget, **{**fits, "reserved": 21.0}) is StopReason.TIME
    assert reason(trials, budget, elapsed=100.0) is StopReason.TIME
    assert reason([], budget, elapsed=200.0) is None


def test_a_search_in_which_everything_fails_is_given_up() -> None:
    assert reason([trial(0, None), trial(1, None)]) is None
    trials = [trial(0, None), trial(1, None), trial(2, None)]
    assert reason(trials) is StopReason.FAILING
    assert reason([*trials, trial(3, 0.2)]) is None


@given(journals())
def test_a_reason_is_a_pure_function_of_the_journal(trials: list[Trial]) -> None:
    assert reason(trials) is reason(list(trials))
    if any(t.score and t.score.value >= 0.96 for t in candidates(trials)):
        assert reason(trials) is StopReason.TARGET


def test_exhaustion_says_how_much_was_tried() -> None:
    assert "1 trial" in exhausted([trial(0, 0.5)]).sentence
    assert exhausted([]).reason is StopReason.EXHAUSTED
