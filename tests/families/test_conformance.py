"""The family protocol, tested once and run on every kind."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pioneer.errors import ArgumentError, DataError, PioneerError, RecipeError, StoreError
from pioneer.families import families, family
from pioneer.families.base import Family, Model, Workbench
from pioneer.families.fakes import FAKE_BASE, TABLE
from pioneer.records import Example, Kind, Prediction, Recipe, RowStat, Span, Target
from tests.families.family_samples import examples, raw_rows, task

pytestmark = pytest.mark.parametrize("each", families(), ids=lambda each: each.kind.value)


def learned(each: Family, recipe: Recipe, rows: Sequence[Example]) -> Model:
    return each.learner(recipe.strategy)(recipe, task(each, rows), rows, Workbench(Path("unused")))


def held_out(rows: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    shuffled = random.Random(5).sample(list(rows), len(rows))
    return shuffled[12:], shuffled[:12]


def stats(each: Family, model: Model, rows: Sequence[Example]) -> list[RowStat]:
    predictions = model.predict([row.input for row in rows])
    goal = task(each, examples(each))
    return [each.score_row(goal, row, said) for row, said in zip(rows, predictions, strict=True)]


def wrong(each: Family, rows: Sequence[Example]) -> Target:
    """An answer that no row has."""
    return (Span(0, 1, "nonsense"),) if each.kind is Kind.EXTRACTION else "nonsense answer"


def test_a_row_survives_parse_and_render(each: Family) -> None:
    for row in examples(each):
        again = each.parse(json.loads(json.dumps(each.render(row))))
        assert (again.input, again.target, dict(again.extra)) == (
            row.input,
            row.target,
            dict(row.extra),
        )


def test_it_is_found_by_its_kind_and_names_columns_metrics_and_cues(each: Family) -> None:
    assert family(each.kind) is each
    assert each.default_metric in each.metrics
    assert {each.input_columns[0], each.target_columns[0]} <= raw_rows(each.kind)[0].keys()
    assert all(cue == cue.lower() for cue in each.cues)


@pytest.mark.parametrize("row", [{}, {"text": None}, {"prompt": 3}, {"other": "x"}])
def test_rows_that_lack_their_columns_are_refused(each: Family, row: dict[str, object]) -> None:
    with pytest.raises(DataError) as refused:
        each.parse(row)
    assert refused.value.file is None


def test_clean_data_stays_as_it_is(each: Family) -> None:
    rows = examples(each)
    kept, repairs = each.clean(rows)
    assert kept == rows
    assert repairs == []


def test_cleaning_twice_changes_nothing_more(each: Family) -> None:
    rows = [*examples(each), replace(examples(each)[0], id="blank", input="  ")]
    kept, repairs = each.clean(rows)
    assert [repair.row_id for repair in repairs if repair.action == "dropped"] == ["blank"]
    again, more = each.clean(kept)
    assert again == kept
    assert [repair for repair in more if repair.action != "train_only"] == []


def test_too_little_data_is_refused(each: Family) -> None:
    with pytest.raises(DataError):
        each.clean(examples(each)[:1])


def test_labels_are_sorted_and_unique(each: Family) -> None:
    labels = each.labels(examples(each))
    assert list(labels) == sorted(set(labels))


def test_the_right_answer_passes_and_counts_as_one(each: Family) -> None:
    rows = examples(each)
    goal = task(each, rows)
    found = [each.score_row(goal, row, Prediction(row.target, 1.0)) for row in rows]
    assert all(each.passed(stat) and stat.score == 1.0 for stat in found)
    for metric in each.metrics:
        assert each.aggregate(found, metric) == pytest.approx(1.0), metric


def test_wrong_answers_and_abstentions_fail_and_count_as_nothing(each: Family) -> None:
    rows = [row for row in examples(each) if row.target != ()]
    goal = task(each, rows)
    for output in (wrong(each, rows), None):
        found = [each.score_row(goal, row, Prediction(output, 0.5)) for row in rows]
        assert not any(each.passed(stat) or stat.score for stat in found)
        for metric in each.metrics:
            assert each.aggregate(found, metric) == 0.0, metric


def test_scores_and_aggregates_stay_within_0_and_1(each: Family) -> None:
    train, test = held_out(examples(each))
    for coverage in TABLE.knobs[0].values:
        recipe = Recipe(FAKE_BASE, TABLE.name, {"coverage": coverage, "fallback": "overlap"})
        found = stats(each, learned(each, recipe, train), test)
        for metric in each.metrics:
            assert 0.0 <= each.aggregate(found, metric) <= 1.0
            assert each.aggregate(found[::-1], metric) == pytest.approx(
                each.aggregate(found, metric)
            )
        for stat in found:
            assert 0.0 <= stat.score <= 1.0
            assert stat.score < 1.0 or each.passed(stat)
            assert stat.score > 0.0 or not each.passed(stat)


def test_aggregates_of_nothing_are_zero_and_unknown_metrics_are_refused(each: Family) -> None:
    for metric in each.metrics:
        assert each.aggregate([], metric) == 0.0
    with pytest.raises(ArgumentError, match=each.metrics[0]):
        each.aggregate([], "beauty")


def test_per_label_covers_the_labels_and_agrees_with_the_metrics(each: Family) -> None:
    rows = examples(each)
    train, test = held_out(rows)
    found = stats(
        each, learned(each, each.baselines(task(each, rows), FAKE_BASE)["probe"], train), test
    )
    table = each.per_label(found)
    assert list(table) == sorted(table)
    assert set(table) >= set(each.labels(test))
    for label, row in table.items():
        for name in ("precision", "recall", "f1"):
            assert row[name] == each.aggregate(found, f"{name}:{label}")


def test_answers_are_json(each: Family) -> None:
    for row in examples(each):
        assert json.loads(json.dumps(each.answer(row.target))) == each.answer(row.target)
    assert each.answer(None) is None


def test_the_fake_probe_beats_the_majority(each: Family) -> None:
    rows = examples(each)
    train, test = held_out(rows)
    recipes = each.baselines(task(each, rows), FAKE_BASE)
    value = {
        name: each.aggregate(stats(each, learned(each, recipe, train), test), each.default_metric)
        for name, recipe in recipes.items()
    }
    assert list(value)[-1] == "probe"
    assert value["probe"] > value["majority"] + 0.1


def test_the_fake_space_is_runnable_from_end_to_end(each: Family) -> None:
    rows = examples(each)
    space = each.space(task(each, rows), [FAKE_BASE], len(rows))
    assert space.bases == (FAKE_BASE,)
    assert space.mixes[0].rows is None
    for strategy in space.strategies:
        assert strategy.defaults().keys() == {knob.name for knob in strategy.knobs}
        assert all(knob.default in knob.values for knob in strategy.knobs)
        learned(each, Recipe(FAKE_BASE, strategy.name, strategy.defaults()), rows)


def test_a_fake_comes_back_from_its_folder_as_it_was(each: Family, tmp_path: Path) -> None:
    train, test = held_out(examples(each))
    for number, recipe in enumerate(each.baselines(task(each, train), FAKE_BASE).values()):
        model = learned(each, recipe, train)
        folder = tmp_path / str(number)
        folder.mkdir()
        model.save(folder)
        inputs = [row.input for row in test]
        assert each.load(folder, Workbench(tmp_path)).predict(inputs) == model.predict(inputs)


def test_a_broken_fake_is_a_store_error(each: Family, tmp_path: Path) -> None:
    (tmp_path / "table.json").write_text('{"entries": 3}')
    with pytest.raises(StoreError):
        each.load(tmp_path, Workbench(tmp_path))


def test_predictions_do_not_depend_on_the_order_of_rows(each: Family) -> None:
    rows = examples(each)
    recipe = each.baselines(task(each, rows), FAKE_BASE)["probe"]
    inputs = [row.input for row in rows]
    one = learned(each, recipe, rows).predict(inputs)
    assert learned(each, recipe, rows[::-1]).predict(inputs) == one


def test_ranked_distributions_sum_to_one_and_cover_the_labels(each: Family) -> None:
    train, test = held_out(examples(each))
    recipe = each.baselines(task(each, train), FAKE_BASE)["probe"]
    for said in learned(each, recipe, train).predict([row.input for row in test]):
        assert 0.0 <= said.confidence <= 1.0
        if isinstance(said.output, str) and each.labels(train):
            assert {label for label, _ in said.ranked} == set(each.labels(train))
            assert sum(share for _, share in said.ranked) == pytest.approx(1.0)
            assert said.ranked[0][0] == said.output
            assert said.ranked[0][1] == pytest.approx(said.confidence)


def test_suspects_are_rows_of_the_set(each: Family) -> None:
    train, test = held_out(examples(each))
    recipe = each.baselines(task(each, train), FAKE_BASE)["probe"]
    said = learned(each, recipe, train).predict([row.input for row in test])
    named = each.suspects(task(each, train), test, said)
    assert set(named) <= {row.id for row in test}
    assert len(named) == len(set(named))


def test_unknown_strategies_and_mixed_bases_are_refused(each: Family) -> None:
    with pytest.raises(RecipeError):
        each.learner("magic.v1")
    rows = examples(each)
    with pytest.raises(RecipeError, match="fake"):
        each.space(task(each, rows), [FAKE_BASE, "minilm"], len(rows))


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("minilm", TABLE.name, {}),
        Recipe(FAKE_BASE, TABLE.name, {"coverage": 7}),
        Recipe(FAKE_BASE, TABLE.name, {"depth": 2}),
    ],
)
def test_a_fake_recipe_that_cannot_run_says_so(each: Family, recipe: Recipe) -> None:
    with pytest.raises(PioneerError):
        learned(each, recipe, examples(each))
