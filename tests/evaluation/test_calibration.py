from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.evaluation.calibration import (
    COOLEST,
    HOTTEST,
    choose_threshold,
    expected_calibration_error,
    fit_temperature,
    log_loss,
    recalibrate,
    reliability,
)
from pioneer.records import Prediction, RowStat, Span

LABELS = ("a", "b", "c")


def predicted(weights: list[float]) -> Prediction:
    total = sum(weights)
    ranked = sorted(
        ((label, weight / total) for label, weight in zip(LABELS, weights, strict=True)),
        key=lambda item: -item[1],
    )
    return Prediction(ranked[0][0], ranked[0][1], tuple(ranked))


ROW = st.tuples(
    st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3).filter(lambda w: sum(w) > 0.1),
    st.sampled_from(LABELS),
)


def world(temperature: float, n: int, seed: int = 0) -> tuple[list[Prediction], list[str]]:
    """Models whose logits are `1/temperature` of what they should be; targets are drawn."""
    rng = random.Random(seed)
    predictions, targets = [], []
    for _ in range(n):
        logits = [rng.gauss(0, 1.5) for _ in LABELS]
        targets.append(rng.choices(LABELS, [math.exp(x) for x in logits])[0])
        predictions.append(predicted([math.exp(x * temperature) for x in logits]))
    return predictions, targets


@given(st.lists(ROW, max_size=25))
def test_a_fitted_temperature_never_makes_it_worse(rows: list[tuple[list[float], str]]) -> None:
    predictions, targets = [predicted(row[0]) for row in rows], [row[1] for row in rows]
    temperature = fit_temperature(predictions, targets)
    assert COOLEST <= temperature <= HOTTEST
    before = log_loss(predictions, targets)
    assert log_loss(predictions, targets, temperature) <= before + 1e-6


@pytest.mark.parametrize("heat", [0.5, 1.0, 3.0])
def test_the_temperature_that_was_put_in_is_found(heat: float) -> None:
    predictions, targets = world(heat, 3000)
    found = fit_temperature(predictions, targets)
    assert found == pytest.approx(heat, rel=0.1)
    heated = [recalibrate(prediction, found) for prediction in predictions]
    assert log_loss(heated, targets) == pytest.approx(log_loss(predictions, targets, found))


def test_overconfidence_goes_down() -> None:
    predictions, targets = world(3.0, 2000)
    temperature = fit_temperature(predictions, targets)
    heated = [recalibrate(prediction, temperature) for prediction in predictions]
    before = expected_calibration_error(judged(predictions, targets))
    after = expected_calibration_error(judged(heated, targets))
    assert before > 0.1
    assert after < 0.05


def test_few_rows_move_little_and_rows_without_a_distribution_do_not_count() -> None:
    two = [predicted([0.9, 0.05, 0.05])] * 2
    assert 0.5 < fit_temperature(two, ["a", "a"]) < 1.0
    assert fit_temperature([Prediction("a", 0.9)], ["a"]) == 1.0
    assert fit_temperature(two, ["unseen", "unseen"]) == 1.0
    assert fit_temperature([], []) == 1.0


@given(ROW, st.floats(COOLEST, HOTTEST))
def test_recalibration_keeps_the_order_and_sums_to_one(
    row: tuple[list[float], str], temperature: float
) -> None:
    prediction = predicted(row[0])
    heated = recalibrate(prediction, temperature)
    assert heated.output == prediction.output
    assert [label for label, _ in heated.ranked] == [label for label, _ in prediction.ranked]
    probabilities = [p for _, p in heated.ranked]
    assert sum(probabilities) == pytest.approx(1.0)
    assert probabilities == sorted(probabilities, reverse=True)
    assert heated.confidence == pytest.approx(probabilities[0])


def test_below_the_threshold_nothing_is_answered() -> None:
    prediction = predicted([0.6, 0.3, 0.1])
    assert recalibrate(prediction, 1.0, 0.7).output is None
    assert recalibrate(prediction, 1.0, 0.7).confidence == pytest.approx(0.6)
    assert recalibrate(prediction, 1.0, 0.5).output == "a"
    assert recalibrate(prediction, 0.2, 0.7).output == "a"


def test_answers_that_are_not_labels_keep_their_confidence() -> None:
    spans = Prediction((Span(0, 2, "x"),), 0.4)
    assert recalibrate(spans, 2.0) == spans
    assert recalibrate(spans, 2.0, 0.5).output is None
    silent = Prediction(None, 0.0, (("a", 0.6), ("b", 0.4)))
    assert recalibrate(silent, 2.0).confidence == 0.0
    second = Prediction("b", 0.4, (("a", 0.6), ("b", 0.4)))
    assert recalibrate(second, 1.0).confidence == pytest.approx(0.4)


ANSWER = st.tuples(
    st.sampled_from((0.1, 0.3, 0.5, 0.8, 1.0)), st.sampled_from(("right", "wrong", "none"))
)


def payoff(rows: list[tuple[float, str]], threshold: float, cost: float) -> float:
    total = 0.0
    for confidence, truth in rows:
        if confidence < threshold:
            total += 1.0 if truth == "none" else 0.0
        else:
            total += 1.0 if truth == "right" else -cost
    return total


@given(st.lists(ANSWER, max_size=20), st.sampled_from((0.5, 1.0, 4.0)))
def test_no_threshold_pays_more(rows: list[tuple[float, str]], cost: float) -> None:
    predictions = [Prediction("a", confidence) for confidence, _ in rows]
    targets = [{"right": "a", "wrong": "b", "none": None}[truth] for _, truth in rows]
    chosen = choose_threshold(predictions, targets, cost)
    best = max(payoff(rows, at, cost) for at in (0.0, 0.2, 0.4, 0.6, 0.9))
    assert payoff(rows, chosen, cost) == pytest.approx(best)


def test_the_threshold_lies_in_the_middle_of_a_gap() -> None:
    predictions = [Prediction("a", 0.9), Prediction("a", 0.3), Prediction(None, 0.1)]
    assert choose_threshold(predictions, ["a", None, "a"]) == pytest.approx(0.6)
    assert choose_threshold(predictions, ["a", "a", "a"]) == 0.0


def judged(predictions: list[Prediction], targets: list[str]) -> list[RowStat]:
    return [
        RowStat(f"r{at}", "", float(p.output == target), target, str(p.output), p.confidence)
        for at, (p, target) in enumerate(zip(predictions, targets, strict=True))
    ]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_bins_hold_every_answer(rows: list[tuple[float, bool]]) -> None:
    stats = [RowStat(f"r{at}", "", float(ok), "a", "a", c) for at, (c, ok) in enumerate(rows)]
    bins = reliability([*stats, RowStat("silent", "", 0.0, "a", None, 0.0)])
    assert sum(item.n for item in bins) == len(rows)
    assert all(item.low - 1e-9 <= item.confidence <= item.high + 1e-9 for item in bins)
    assert all(item.ci95[0] <= item.accuracy <= item.ci95[1] for item in bins)
    assert 0.0 <= expected_calibration_error(stats) <= 1.0


def test_the_error_is_the_gap_between_confidence_and_accuracy() -> None:
    stats = [RowStat(f"r{at}", "", float(at < 6), "a", "a", 0.9) for at in range(10)]
    assert expected_calibration_error(stats) == pytest.approx(0.3)
