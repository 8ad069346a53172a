import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pioneer.report.plots.labels import spread
from pioneer.report.plots.scale import Scale, around, ticks, time_ticks

values = st.floats(-1e6, 1e6)


@given(values, values, values, values)
def test_a_scale_keeps_the_order_and_the_rims(a: float, b: float, x: float, y: float) -> None:
    low, high = sorted([a, b])
    assume(high - low > 1e-6)
    scale = Scale(low, high, 40, 400)
    assert scale(low) == pytest.approx(40)
    assert scale(high) == pytest.approx(400)
    assert scale(min(x, y)) <= scale(max(x, y))
    assert 40 <= scale(x) <= 400


def test_a_y_axis_grows_upwards() -> None:
    scale = Scale(0, 1, 300, 0)
    assert [scale(0), scale(0.25), scale(1)] == [300, 225, 0]


def test_a_domain_without_extent_maps_to_the_middle() -> None:
    assert Scale(0.5, 0.5, 0, 100)(0.5) == 50


@given(values, values)
def test_ticks_are_few_even_and_within(a: float, b: float) -> None:
    low, high = sorted([a, b])
    assume(high - low > 1e-3)
    found = ticks(low, high)
    assert 1 <= len(found) <= 7
    assert all(low <= tick <= high for tick in found)
    gaps = [b - a for a, b in itertools.pairwise(found)]
    assert all(gap == pytest.approx(gaps[0], rel=0.01) for gap in gaps[1:-1])


def test_ticks_are_round() -> None:
    assert ticks(0.87, 0.97) == pytest.approx([0.88, 0.9, 0.92, 0.94, 0.96])
    assert ticks(0, 156, 4) == [0, 50, 100, 150]
    assert ticks(1, 1) == [1]


@given(st.floats(0.5, 1e6))
def test_time_ticks_start_at_zero_and_stay_within(high: float) -> None:
    found = time_ticks(high)
    assert found[0] == 0
    assert found == sorted(set(found))
    assert found[-1] <= high
    assert 2 <= len(found) <= 8


def test_time_ticks_read_as_durations() -> None:
    assert time_ticks(290) == [0, 60, 120, 180, 240]
    assert time_ticks(0) == [0]


@given(st.lists(st.floats(0, 1), min_size=1))
def test_around_holds_its_values_with_some_extent(scores: list[float]) -> None:
    low, high = around(scores)
    assert 0 <= low <= min(scores)
    assert max(scores) <= high <= 1
    assert high - low >= 0.0099


def test_around_forgives_what_is_not_a_number() -> None:
    assert around([float("nan")]) == (0.0, 1.0)
    assert around([]) == (0.0, 1.0)


@given(st.lists(st.floats(0, 300), max_size=12))
def test_spread_keeps_order_and_distance(wanted: list[float]) -> None:
    placed = spread(sorted(wanted), 14, 0, 300)
    assert len(placed) == len(wanted)
    assert all(b - a >= 14 - 1e-9 for a, b in itertools.pairwise(placed))
    assert all(-1e-9 <= place <= 300 + 1e-9 for place in placed)


def test_spread_leaves_alone_what_has_room() -> None:
    assert spread([10, 100, 200], 14, 0, 300) == [10, 100, 200]
