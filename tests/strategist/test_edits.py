from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.families.base import Knob
from pioneer.records import Mix, Recipe, Scalar
from pioneer.search.graph import recipe_hash
from pioneer.strategist.edits import Part, describe_mix, edits, is_ordered
from tests.strategist.worlds import FULL, MIXES, PAIRS, SPACE, whole

ROOT = Recipe("small", FULL.name, FULL.defaults())


@given(st.sampled_from(whole(SPACE)))
def test_an_edit_changes_one_part(recipe: Recipe) -> None:
    for edit in edits(recipe, SPACE):
        changed = {
            Part.DATA: edit.recipe.mix != recipe.mix,
            Part.BASE: edit.recipe.base != recipe.base,
            Part.STRATEGY: edit.recipe.strategy != recipe.strategy,
            Part.HYPER: edit.recipe.strategy == recipe.strategy
            and edit.recipe.hyper != recipe.hyper,
        }
        assert [part for part, differs in changed.items() if differs] == [edit.part]
        assert edit.before != edit.after
        assert edit.recipe in whole(SPACE)


def test_every_recipe_can_be_reached() -> None:
    reached, edge = {recipe_hash(ROOT)}, [ROOT]
    while edge:
        near = [e.recipe for e in edits(edge.pop(), SPACE)]
        edge += [recipe for recipe in near if recipe_hash(recipe) not in reached]
        reached |= {recipe_hash(recipe) for recipe in near}
    assert reached == {recipe_hash(recipe) for recipe in whole(SPACE)}


def moves(recipe: Recipe, name: str) -> list[tuple[Scalar, int]]:
    return [(e.recipe.hyper[name], e.step) for e in edits(recipe, SPACE) if e.name == name]


def test_numbers_move_one_step_and_choices_move_anywhere() -> None:
    assert moves(ROOT, "epochs") == [(8, 1), (2, -1)]
    assert moves(replace(ROOT, hyper={**ROOT.hyper, "epochs": 16}), "epochs") == [(8, -1)]
    assert moves(ROOT, "freeze_embeddings") == [(False, 0)]


def test_a_value_between_the_listed_ones_moves_to_its_neighbours() -> None:
    assert moves(replace(ROOT, hyper={**ROOT.hyper, "epochs": 3}), "epochs") == [(4, 1), (2, -1)]
    missing = replace(ROOT, hyper={})
    assert moves(missing, "epochs") == [(8, 1), (2, -1)]


def test_a_new_strategy_starts_from_its_own_defaults() -> None:
    turned = replace(ROOT, hyper={**ROOT.hyper, "learning_rate": 3e-4}, mix=MIXES[1])
    found = next(e for e in edits(turned, SPACE) if e.recipe.strategy == PAIRS.name)
    assert found.recipe == Recipe("small", PAIRS.name, PAIRS.defaults(), MIXES[1])
    assert found.text == "train with pairs.v1 instead of full.v1"


def test_a_recipe_from_elsewhere_keeps_what_the_space_does_not_know() -> None:
    foreign = Recipe("tiny", "magic.v9", {"spell": 3})
    assert {edit.part for edit in edits(foreign, SPACE)} == {Part.DATA, Part.STRATEGY, Part.BASE}


@pytest.mark.parametrize(
    ("values", "ordered"),
    [((1, 2.5), True), ((True, False), False), (("a", "b"), False), ((None, 4), False)],
)
def test_only_numbers_are_ordered(values: tuple[Scalar, ...], ordered: bool) -> None:
    assert is_ordered(Knob("k", values, values[0])) is ordered


def test_mixes_are_described_in_words() -> None:
    assert describe_mix(Mix(), Mix(rows=500)) == "train on 500 rows instead of all rows"
    twice = "learn 50% of the rows a second time, with slips"
    assert describe_mix(Mix(), Mix(twins=0.5)) == twice
    assert describe_mix(Mix(hard_share=0.35), Mix(drop_suspects=True)) == (
        "change the share of hard rows from 35% to 0% and leave out rows whose label looks wrong"
    )
    assert describe_mix(Mix(max_imbalance=3.0), Mix()) == "lift the cap on large labels"
    assert describe_mix(Mix(), Mix(max_imbalance=3.0, near_duplicates=False)) == (
        "let no label exceed 3 times another and remove near-duplicates"
    )
    assert describe_mix(Mix(), Mix()) == "keep the data"
