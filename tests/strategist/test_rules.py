from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pioneer.families.base import Space, Strategy
from pioneer.records import Recipe, Trial, TrialStatus
from pioneer.search.graph import recipe_hash, tried, value
from pioneer.search.select import fallen
from pioneer.strategist.base import Proposal, chance, repeats
from pioneer.strategist.rules import RulesStrategist
from tests.strategist.worlds import (
    FULL,
    MIXES,
    PAIRS,
    PROBE,
    SPACE,
    TINY,
    Hill,
    Surface,
    done,
    optimum,
    run,
    state,
    surfaces,
    whole,
)

RULES = RulesStrategist()


def draft(recipe: Recipe, score: float | None, number: int = 0, iteration: int = 0) -> Trial:
    return done(number, iteration, Proposal(recipe, "draft", "why not"), score)


def default(strategy: Strategy, mix: int = 0) -> Recipe:
    return Recipe("small", strategy.name, strategy.defaults(), MIXES[mix])


@settings(max_examples=15)
@given(surfaces(), st.sampled_from((SPACE, TINY)), st.integers(2, 4), st.integers(0, 9))
def test_no_recipe_is_proposed_twice(surface: Surface, space: Space, k: int, seed: int) -> None:
    trials = run(RULES, space, surface, 24, k=k, seed=seed)
    assert len(tried(trials)) == len(trials)
    allowed = {recipe_hash(recipe) for recipe in whole(space)}
    assert tried(trials) <= allowed
    for trial in trials:
        before = {t.number for t in trials if t.status is TrialStatus.FINISHED}
        assert set(trial.parents) <= {n for n in before if n < trial.number}
        assert trial.operator in {"draft", "expand", "evolve", "fuse"}
        assert (trial.operator == "draft") == (not trial.parents)
        assert (trial.operator == "fuse") == (len(trial.parents) == 2)


@settings(max_examples=15)
@given(surfaces(), st.integers(2, 4), st.integers(0, 9))
def test_every_iteration_has_k_different_recipes(surface: Surface, k: int, seed: int) -> None:
    trials = run(RULES, SPACE, surface, 12 * k // 2, k=k, seed=seed)
    succeeded = {t.recipe.strategy for t in trials if t.score}
    if len(succeeded) == 0:
        return  # every strategy was given up after two failures each
    for iteration in range(trials[-1].iteration):
        recipes = [t.recipe for t in trials if t.iteration == iteration]
        assert len({recipe_hash(recipe) for recipe in recipes}) == k


@settings(max_examples=15)
@given(surfaces(), st.integers(0, 9))
def test_nothing_is_built_on_a_trial_that_fell(surface: Surface, seed: int) -> None:
    trials = run(RULES, SPACE, surface, 24, seed=seed)
    for trial in trials:
        known = [t for t in trials if t.iteration < trial.iteration]
        assert not set(trial.parents) & fallen(known, 0.01)


@settings(max_examples=10)
@given(surfaces(), st.integers(0, 9))
def test_the_same_journal_gives_the_same_proposals(surface: Surface, seed: int) -> None:
    trials = run(RULES, SPACE, surface, 16, seed=seed)
    assert trials == run(RULES, SPACE, surface, 16, seed=seed)
    for iteration in range(trials[-1].iteration + 1):
        before = [t for t in trials if t.iteration < iteration]
        now = [t for t in trials if t.iteration == iteration]
        resumed = RULES.propose(state(SPACE, before, planned=16), len(now), chance(seed, iteration))
        assert [(p.recipe, p.parents) for p in resumed] == [(t.recipe, t.parents) for t in now]


def test_a_space_is_tried_to_the_last_recipe_and_then_left() -> None:
    trials = run(RULES, TINY, lambda recipe: 0.9, 1000)
    assert tried(trials) == {recipe_hash(recipe) for recipe in whole(TINY)}
    assert RULES.propose(state(TINY, trials), 2, random.Random(0)) == []
    nearly = RULES.propose(state(TINY, trials[:-1]), 2, random.Random(0))
    assert [p.recipe for p in nearly] == [trials[-1].recipe]


def test_the_first_iteration_drafts_the_first_strategies_with_defaults() -> None:
    first = RULES.propose(state(SPACE, [], seed=7), 2, random.Random(0))
    assert [p.recipe for p in first] == [
        replace(default(PROBE), seed=7),
        replace(default(FULL), seed=7),
    ]
    assert {p.operator for p in first} == {"draft"}
    many = RULES.propose(state(SPACE, []), 5, random.Random(0))
    assert [p.recipe for p in many[3:]] == [default(PROBE, mix=1), default(FULL, mix=1)]


def test_an_untried_strategy_comes_before_tuning() -> None:
    trials = [draft(default(PROBE), 0.8), draft(default(FULL), 0.85, 1)]
    first, second = RULES.propose(state(SPACE, trials), 2, random.Random(0))
    assert (first.recipe.strategy, first.operator, first.parents) == (PAIRS.name, "expand", (1,))
    assert "no trial has used pairs.v1 yet" in first.hypothesis
    assert second.recipe.strategy == FULL.name


ALL = [default(PROBE), default(FULL), default(PAIRS)]


def scored(*scores: float) -> list[Trial]:
    return [draft(recipe, s, at) for at, (recipe, s) in enumerate(zip(ALL, scores, strict=True))]


@pytest.mark.parametrize(("score", "changes_data"), [(0.6, True), (0.9, False), (0.97, True)])
def test_the_band_decides_what_is_changed(score: float, changes_data: bool) -> None:
    trials = scored(0.5, score, 0.5)
    proposal = RULES.propose(state(SPACE, trials), 1, random.Random(0))[0]
    assert proposal.parents == (1,)
    assert (proposal.recipe.mix != MIXES[0]) == changes_data
    assert (proposal.recipe.hyper == FULL.defaults()) == changes_data


def test_the_learning_rate_is_turned_first() -> None:
    proposal = RULES.propose(state(SPACE, scored(0.5, 0.9, 0.5)), 1, random.Random(0))[0]
    assert proposal.recipe.hyper == {**FULL.defaults(), "learning_rate": 1e-4}
    assert proposal.hypothesis.startswith("raise learning_rate from 3e-05 to 0.0001 in trial 1")


def test_a_knob_that_helped_is_turned_on_and_one_that_hurt_is_turned_back() -> None:
    root = default(FULL)
    up = replace(root, hyper={**root.hyper, "learning_rate": 1e-4})
    trials = [*scored(0.5, 0.9, 0.5), draft(up, 0.93, 3, 1)]
    helped = RULES.propose(state(SPACE, trials), 1, random.Random(0))[0]
    assert helped.recipe.hyper["learning_rate"] == 3e-4
    assert "points up so far" in helped.hypothesis
    trials[-1] = draft(up, 0.85, 3, 1)
    hurt = RULES.propose(state(SPACE, trials), 1, random.Random(0))[0]
    assert hurt.recipe.hyper["learning_rate"] == 1e-5


def test_what_helped_one_branch_is_tried_on_the_other() -> None:
    root = default(FULL)
    epochs = replace(root, hyper={**root.hyper, "epochs": 8})
    batch = replace(root, hyper={**root.hyper, "batch_size": 32})
    trials = [*scored(0.5, 0.88, 0.5), draft(epochs, 0.92, 3, 1), draft(batch, 0.91, 4, 1)]
    proposals = RULES.propose(state(SPACE, trials), 2, random.Random(0))
    assert any(
        p.recipe.hyper["epochs"] == 8 and p.recipe.hyper["batch_size"] == 32 for p in proposals
    )


def test_stagnation_calls_for_fuse_and_evolve() -> None:
    other = default(FULL, mix=2)
    trials = [*scored(0.5, 0.9, 0.89), draft(other, 0.9, 3, 1), draft(default(PAIRS, 1), 0.9, 4, 2)]
    fuse, evolve = RULES.propose(state(SPACE, trials), 2, random.Random(0))
    assert (fuse.operator, evolve.operator) == ("fuse", "evolve")
    data, training = (trials[number] for number in fuse.parents)
    assert fuse.recipe.mix == data.recipe.mix
    assert replace(fuse.recipe, mix=training.recipe.mix) == training.recipe
    parent = trials[evolve.parents[0]].recipe
    changed = [k for k in parent.hyper if parent.hyper[k] != evolve.recipe.hyper.get(k)]
    assert len(changed) + (parent.mix != evolve.recipe.mix) == 2


def test_a_strategy_that_only_fails_is_left() -> None:
    other = replace(default(PROBE), hyper={"c": 10.0})
    trials = [draft(default(PROBE), None), draft(other, None, 1)]
    proposals = RULES.propose(state(SPACE, trials), 4, random.Random(0))
    assert PROBE.name not in {p.recipe.strategy for p in proposals}
    assert len(proposals) == 4


def test_the_hypothesis_names_the_worst_labels() -> None:
    now = state(SPACE, scored(0.5, 0.6, 0.5), failures={"refund": 7, "<b>cancel": 3})
    text = RULES.propose(now, 1, random.Random(0))[0].hypothesis
    assert "most errors are on 'refund' (7), '<b>cancel' (3)" in text


def test_a_base_no_trial_has_used_is_tried_early() -> None:
    space = replace(SPACE, bases=("small", "large"))
    proposal = RULES.propose(state(space, scored(0.5, 0.9, 0.5)), 1, random.Random(0))[0]
    assert (proposal.recipe.base, proposal.recipe.hyper) == ("large", FULL.defaults())


def test_repeats_take_further_seeds_of_one_recipe() -> None:
    trials = scored(0.5, 0.9, 0.5)
    found = repeats(trials, trials[1])
    assert [p.recipe.seed for p in found] == [1000, 2000]
    assert all(replace(p.recipe, seed=0) == trials[1].recipe for p in found)
    assert {(p.operator, p.parents) for p in found} == {("seed", (1,))}
    trials.append(done(3, 1, found[0], 0.91))
    assert [p.recipe.seed for p in repeats(trials, trials[1])] == [2000]


def test_on_a_hill_without_noise_the_best_only_rises() -> None:
    trials = run(RULES, SPACE, Hill(3), 30, noise=0.001)
    tops = [max(value(t) for t in trials[: at + 1]) for at in range(len(trials))]
    assert tops[-1] > tops[1]
    assert tops[-1] >= optimum(Hill(3)) - 0.005
