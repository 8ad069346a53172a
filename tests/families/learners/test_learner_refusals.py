"""What a learner refuses, and how it says so."""

from __future__ import annotations

import pytest

from pioneer.errors import BaseModelError, RecipeError, TrainingError
from pioneer.families.classification.learners import LEARNERS, STRATEGIES, learner
from pioneer.records import Recipe, Scalar
from tests.families.learners.lessons import LABELS, TASK, TINY, bench, learn, rows

EPOCHED = ("full.v1", "lora.v1", "contrastive.v1")
NOT_POSITIVE: tuple[Scalar, ...] = (0, -1, -0.5, float("nan"), float("inf"), "2", None, True)
NOT_COUNTS: tuple[Scalar, ...] = (0, -3, 1.5, float("nan"), float("inf"), "8", None, True)


def with_knob(strategy: str, knob: str, value: Scalar) -> None:
    recipe = Recipe("minilm", strategy, {knob: value})
    learner(strategy)(recipe, TASK, rows(1), bench())


@pytest.mark.parametrize("strategy", sorted(LEARNERS))
def test_an_unknown_knob_is_named_with_those_there_are(strategy: str) -> None:
    with pytest.raises(RecipeError, match=f"{strategy} has no knob 'warmth'") as refused:
        with_knob(strategy, "warmth", 1)
    assert str(refused.value).endswith(")")


@pytest.mark.parametrize("value", NOT_POSITIVE, ids=repr)
@pytest.mark.parametrize(
    ("strategy", "knob"),
    [
        ("probe.v1", "C"),
        ("contrastive.v1", "C"),
        ("contrastive.v1", "temperature"),
        *((strategy, "rate") for strategy in EPOCHED),
    ],
)
def test_a_knob_that_must_be_positive(strategy: str, knob: str, value: Scalar) -> None:
    with pytest.raises(RecipeError, match=f"^{knob} must be"):
        with_knob(strategy, knob, value)


@pytest.mark.parametrize("value", NOT_COUNTS, ids=repr)
@pytest.mark.parametrize(
    ("strategy", "knob"),
    [
        ("lora.v1", "rank"),
        *((strategy, "epochs") for strategy in EPOCHED),
        *((strategy, "batch") for strategy in EPOCHED),
    ],
)
def test_a_knob_that_counts(strategy: str, knob: str, value: Scalar) -> None:
    with pytest.raises(RecipeError, match=f"^{knob} must be"):
        with_knob(strategy, knob, value)


@pytest.mark.parametrize(
    ("knob", "value"),
    [("smoothing", -0.1), ("smoothing", 1.1), ("smoothing", "no"), ("frozen_layers", -1),
     ("frozen_layers", 0.5), ("frozen_layers", None)],
)  # fmt: skip
def test_the_knobs_that_full_alone_has(knob: str, value: Scalar) -> None:
    with pytest.raises(RecipeError, match=f"^{knob} must be"):
        with_knob("full.v1", knob, value)


def test_every_value_that_the_search_may_choose_is_a_number_its_learner_takes() -> None:
    for strategy in STRATEGIES:
        assert set(TINY[strategy.name]) <= {knob.name for knob in strategy.knobs}
        for knob in strategy.knobs:
            assert knob.default in knob.values
            assert list(knob.values) == sorted(set(knob.values))  # type: ignore[type-var]


@pytest.mark.parametrize("strategy", sorted(LEARNERS))
def test_no_rows_is_a_training_that_failed(strategy: str) -> None:
    with pytest.raises(TrainingError, match="no rows to learn from"):
        learn(strategy, [])


@pytest.mark.parametrize(
    ("asked", "hint"), [("full.v2", "did you mean full.v1"), ("boosting", "known: majority.v1")]
)
def test_an_unknown_strategy_is_refused_with_a_way_out(asked: str, hint: str) -> None:
    with pytest.raises(RecipeError, match=hint):
        learner(asked)


@pytest.mark.parametrize("strategy", sorted(set(LEARNERS) - {"majority.v1"}))
def test_an_unknown_base_is_refused_before_anything_is_learned(strategy: str) -> None:
    with pytest.raises(BaseModelError, match=r"unknown base 'minilmm'.*did you mean minilm"):
        learner(strategy)(Recipe("minilmm", strategy, TINY[strategy]), TASK, rows(1), bench())


@pytest.mark.slow
@pytest.mark.parametrize("strategy", EPOCHED)
def test_a_training_that_diverges_fails_by_name_and_changes_no_base(strategy: str) -> None:
    from pioneer.bases import resolve
    from pioneer.encoding import embed

    before = embed(resolve("minilm"), ["where is it"], None)
    with pytest.raises(TrainingError, match=r"the loss became (nan|inf).*lower learning rate"):
        learn(strategy, rows(4, LABELS[:2]), rate=1e30, epochs=4, batch=4)
    assert (embed(resolve("minilm"), ["where is it"], None) == before).all()
