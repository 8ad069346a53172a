from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from pioneer.errors import DataError
from pioneer.evaluation.intervals import score, wilson
from pioneer.evaluation.measure import mean_score
from pioneer.records import RowStat, dump, load
from pioneer.records import Score as ScoreRecord
from tests.evaluation.stat_rows import binary, labelled, partial, rows

GROUPS = st.sampled_from(("", "a", "b", "c"))


@given(st.lists(st.tuples(partial, GROUPS), min_size=1, max_size=30))
def test_an_interval_holds_its_value(pairs: list[tuple[float, str]]) -> None:
    stats = rows([score for score, _ in pairs], [group for _, group in pairs])
    for aggregate in (mean_score, labelled):
        found = score(stats, "accuracy", aggregate, {"even": {s.id for s in stats[::2]}})
        for part in (found, found.slices["even"]):
            low, high = part.ci95
            assert 0.0 <= low <= part.value <= high <= 1.0


@given(st.integers(1, 400), st.data())
def test_wilson_is_scipys(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n))
    expected = binomtest(right, n).proportion_ci(method="wilson")
    assert wilson(right, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_rows_that_stand_alone_get_wilson() -> None:
    found = score(rows([1.0] * 90 + [0.0] * 10), "accuracy", mean_score)
    assert found.value == 0.9
    assert found.ci95 == wilson(90, 100)
    assert found.n == 100


def test_rows_of_one_group_count_as_one_observation() -> None:
    scores = [1.0] * 90 + [0.0] * 10
    alone = score(rows(scores), "accuracy", mean_score)
    tied = score(rows(scores, [f"g{at // 5}" for at in range(100)]), "accuracy", mean_score)
    assert tied.ci95[1] - tied.ci95[0] > 1.5 * (alone.ci95[1] - alone.ci95[0])


def test_a_perfect_score_is_not_certain() -> None:
    groups = [f"g{at // 2}" for at in range(20)]
    low, high = score(rows([1.0] * 20, groups), "accuracy", mean_score).ci95
    assert (low, high) == wilson(10, 10)
    assert low < 0.8


@pytest.mark.parametrize("seed", range(3))
def test_the_bootstrap_of_a_mean_agrees_with_its_standard_error(seed: int) -> None:
    rng = random.Random(seed)
    scores = [rng.random() for _ in range(400)]
    low, high = score(rows(scores), "rouge", mean_score).ci95
    mean = sum(scores) / 400
    error = (sum((s - mean) ** 2 for s in scores) / 399 / 400) ** 0.5
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.12)


def test_the_bootstrap_of_a_macro_measure_is_wider_where_a_label_is_rare() -> None:
    rng = random.Random(0)
    common = [RowStat(f"c{at}", "", float(rng.random() < 0.9), "c", "c", 1.0) for at in range(400)]
    rare = [RowStat(f"r{at}", "", float(rng.random() < 0.9), "r", "r", 1.0) for at in range(20)]
    plain = score([*common, *rare], "accuracy", mean_score).ci95
    macro = score([*common, *rare], "macro_recall", labelled).ci95
    assert macro[1] - macro[0] > 1.5 * (plain[1] - plain[0])


@given(st.lists(st.tuples(binary, GROUPS), min_size=2, max_size=20), st.integers(0, 5))
def test_the_same_seed_gives_the_same_interval(pairs: list[tuple[float, str]], seed: int) -> None:
    stats = rows([score for score, _ in pairs], [group for _, group in pairs])
    assert score(stats, "m", labelled, seed=seed) == score(stats, "m", labelled, seed=seed)


def test_five_thousand_rows_in_groups_take_less_than_two_seconds() -> None:
    rng = random.Random(0)
    scores = [float(rng.random() < 0.8) for _ in range(5000)]
    stats = rows(scores, [f"g{rng.randrange(4900)}" for _ in range(5000)])
    began = time.process_time()
    score(stats, "accuracy", mean_score)
    assert time.process_time() - began < 2.0


def test_empty_slices_are_left_out_and_no_rows_are_refused() -> None:
    stats = rows([1.0, 0.0])
    found = score(stats, "accuracy", mean_score, {"none": {"x"}, "one": ["r1", "x"]})
    assert set(found.slices) == {"one"}
    assert (found.slices["one"].value, found.slices["one"].n) == (0.0, 1)
    assert load(ScoreRecord, dump(found)) == found
    with pytest.raises(DataError, match="no row to score"):
        score([], "accuracy", mean_score)
