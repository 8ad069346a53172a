from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.evaluation.shifts import fit_shifts, shift
from pioneer.records import Prediction, Span


def says(label: str | None, confidence: float) -> Prediction:
    other = "b" if label == "a" else "a"
    return Prediction(label, confidence, ((label or "a", confidence), (other, 1 - confidence)))


def test_a_shift_by_hand() -> None:
    # 20 rows at logit 0 of which 15 are right: wanted 15.5/21, then half of it is believed
    rows, targets = [says("a", 0.5)] * 20, ["a"] * 15 + ["b"] * 5
    assert fit_shifts(rows, targets) == {"a": pytest.approx(math.log(15.5 / 5.5) / 2, abs=1e-6)}


def test_each_label_has_its_own_shift_and_it_helps_on_unseen_rows() -> None:
    rng = random.Random(4)

    def draw(count: int) -> tuple[list[Prediction], list[str]]:
        rows = [says(rng.choice("ab"), rng.uniform(0.6, 0.95)) for _ in range(count)]
        right = {"a": 0.95, "b": 0.5}
        targets = [
            str(row.output) if rng.random() < right[str(row.output)] else "c" for row in rows
        ]
        return rows, targets

    def gap(rows: list[Prediction], targets: list[str], label: str) -> float:
        own = [(row, want) for row, want in zip(rows, targets, strict=True) if row.output == label]
        return abs(sum(row.confidence - (row.output == want) for row, want in own)) / len(own)

    shifts = fit_shifts(*draw(600))
    assert shifts["a"] > 0 > shifts["b"]
    rows, targets = draw(3000)
    after = [shift(row, shifts) for row in rows]
    for label in "ab":
        assert gap(after, targets, label) < gap(rows, targets, label) / 2


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_a_shift_is_finite_and_moves_towards_what_was_seen(rows: list[tuple[float, bool]]) -> None:
    given_rows = [says("a", confidence) for confidence, _ in rows]
    found = fit_shifts(given_rows, ["a" if right else "b" for _, right in rows])["a"]
    assert math.isfinite(found)
    wanted = (sum(right for _, right in rows) + 0.5) / (len(rows) + 1)
    mean = sum(confidence for confidence, _ in rows) / len(rows)
    if abs(wanted - mean) > 1e-6:
        assert (found > 0) == (wanted > mean)


@given(st.floats(0.5, 1), st.floats(-8, 8))
def test_shifted_probabilities_stay_probabilities(confidence: float, by: float) -> None:
    found = shift(says("a", confidence), {"a": by})
    assert found.output == "a"
    assert found.confidence == dict(found.ranked)["a"]
    if confidence < 1 - 1e-9:
        assert sum(p for _, p in found.ranked) == pytest.approx(1.0)
    assert [p for _, p in found.ranked] == sorted((p for _, p in found.ranked), reverse=True)
    assert (found.confidence >= confidence - 1e-9) or by < 0


def test_what_is_not_a_known_label_is_left_alone() -> None:
    silent, spans = says(None, 0.4), Prediction((Span(0, 1, "x"),), 0.3)
    for prediction in (silent, spans, says("a", 0.7)):
        assert shift(prediction, {"b": 2.0}) == prediction
    assert fit_shifts([silent, spans], ["a", "b"]) == {}
    assert fit_shifts([], []) == {}
