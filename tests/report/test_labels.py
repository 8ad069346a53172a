import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.report.labels import label_scores


def per_label(hits: int, missed: int, wrong: int) -> dict[str, dict[str, float]]:
    n, answered = hits + missed, hits + wrong
    precision = hits / answered if answered else 0.0
    recall = hits / n if n else 0.0
    f1 = 2 * hits / (2 * hits + missed + wrong) if hits else 0.0
    return {"a": {"precision": precision, "recall": recall, "f1": f1, "n": n}}


counts = st.integers(0, 200)


@given(counts, counts, counts)
def test_intervals_hold_their_values(hits: int, missed: int, wrong: int) -> None:
    (score,) = label_scores(per_label(hits, missed, wrong))
    for value, ci95 in (
        (score.precision, score.precision_ci95),
        (score.recall, score.recall_ci95),
        (score.f1, score.f1_ci95),
    ):
        if ci95 is not None:
            assert 0 <= ci95[0] <= value + 1e-9
            assert value - 1e-9 <= ci95[1] <= 1
    assert (score.recall_ci95 is None) == (hits + missed == 0)
    assert (score.precision_ci95 is None) == (hits == 0)


def test_more_rows_narrow_the_interval() -> None:
    (few,), (many,) = label_scores(per_label(8, 2, 2)), label_scores(per_label(800, 200, 200))
    assert few.f1 == pytest.approx(many.f1)
    assert few.f1_ci95 and many.f1_ci95
    assert many.f1_ci95[1] - many.f1_ci95[0] < 0.2 * (few.f1_ci95[1] - few.f1_ci95[0])


def test_the_f1_interval_covers_the_truth_as_often_as_it_says() -> None:
    """30 rows of the label, 4 in 5 found; of 300 others, 2 % called so: true F1 0.8."""
    rng, covered, rounds = random.Random(0), 0, 2000
    truth = 2 * 24 / (2 * 24 + 6 + 6)
    for _ in range(rounds):
        hits = sum(rng.random() < 0.8 for _ in range(30))
        wrong = sum(rng.random() < 0.02 for _ in range(300))
        (score,) = label_scores(per_label(hits, 30 - hits, wrong))
        low, high = score.f1_ci95 or (0, 0)
        covered += low <= truth <= high
    assert 0.93 < covered / rounds < 0.99
