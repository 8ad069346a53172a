from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.records import Trial, TrialStatus, dump, load
from pioneer.search.graph import (
    REPEAT,
    ancestors,
    candidates,
    descendants,
    finished,
    rewards,
    seedless,
    tried,
    worths,
)
from tests.search.trial_trees import journals, trial

NOISE = st.sampled_from((0.0, 0.01, 0.3))


@given(journals(), NOISE)
def test_every_finished_descendant_is_backed_up_once(trials: list[Trial], noise: float) -> None:
    found = worths(trials, noise)
    done = {trial.number for trial in finished(trials)}
    below = descendants(trials)
    assert found.keys() == done
    for number, worth in found.items():
        assert worth.n == 1 + len(below[number] & done)
        assert 0.0 <= worth.reward <= 1.0 + 1e-12


@given(journals())
def test_descendants_are_ancestors_read_backwards(trials: list[Trial]) -> None:
    above, below = ancestors(trials), descendants(trials)
    for one in above:
        assert one not in above[one]
        for other in above:
            assert (one in above[other]) == (other in below[one])


@given(journals(), NOISE)
def test_rewards_are_between_zero_and_one_and_keep_the_order(
    trials: list[Trial], noise: float
) -> None:
    found = rewards(trials, noise)
    scores = {t.number: t.score.value for t in finished(trials) if t.score}
    assert found.keys() == scores.keys()
    assert all(-1e-12 <= reward <= 1.0 for reward in found.values())
    if found:
        assert max(found.values()) == 1.0
    for one in found:
        for other in found:
            if scores[one] < scores[other]:
                assert found[one] < found[other]


def test_noise_is_not_blown_up_to_the_full_range() -> None:
    close = rewards([trial(0, 0.80), trial(1, 0.81)], noise=0.01)
    assert close == {0: pytest.approx(0.75), 1: 1.0}
    far = rewards([trial(0, 0.50), trial(1, 0.70), trial(2, 0.90)], noise=0.01)
    assert far == {0: pytest.approx(0.0), 1: pytest.approx(0.5), 2: 1.0}


def test_a_fused_trial_is_backed_up_through_both_parents() -> None:
    trials = [
        trial(0, 0.5),
        trial(1, 0.7),
        trial(2, None, (0,)),
        trial(3, 0.6, (1,)),
        trial(4, 0.9, (0, 3), operator="fuse"),
    ]
    found = worths(trials, 0.0)
    assert (found[0].n, found[1].n, found[3].n, found[4].n) == (2, 3, 2, 1)
    assert found[0].reward == pytest.approx((0.0 + 1.0) / 2)
    assert found[1].reward == pytest.approx((0.5 + 0.25 + 1.0) / 3)


@given(journals())
def test_the_graph_is_a_view_of_the_journal(trials: list[Trial]) -> None:
    replayed = [load(Trial, dump(trial)) for trial in trials]
    assert replayed == trials
    assert worths(replayed, 0.01) == worths(trials, 0.01)


def test_failed_trials_count_as_tried_and_are_no_candidates() -> None:
    trials = [trial(0, 0.5), trial(1, None), trial(2, 0.5, (0,), operator=REPEAT, seed=1)]
    assert len(tried(trials)) == 3
    assert [t.number for t in candidates(trials)] == [0]
    assert [t.number for t in finished(trials)] == [0, 2]
    assert seedless(trials[2].recipe) == seedless(trials[0].recipe) != seedless(trials[1].recipe)
    assert finished([Trial(0, 0, trials[0].recipe, "draft", "")]) == []
    assert trials[1].status is TrialStatus.FAILED
