"""Shares of a sampled log: equal to those of the whole, and as sure as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pioneer.diagnosis.weighing import effective, share
from pioneer.evaluation.intervals import wilson


@given(marks=st.lists(st.booleans(), min_size=1, max_size=50))
def test_unweighted_rows_give_the_plain_interval(marks: list[bool]) -> None:
    found, ci95 = share(marks, [1.0] * len(marks))
    assert found == pytest.approx(sum(marks) / len(marks))
    assert ci95 == pytest.approx(wilson(sum(marks), len(marks)))


@given(
    rows=st.lists(st.tuples(st.booleans(), st.floats(1, 1000)), min_size=1, max_size=50),
)
@example(
    rows=[(True, 1.9), (True, 23.174105832900864), (True, 999.2344608224647)]
    + [(True, 1.9999999999998863)]
    + [(True, 1.0)] * 4
)
def test_a_sample_is_never_surer_than_its_rows(rows: list[tuple[bool, float]]) -> None:
    marks, weights = [one for one, _ in rows], [weight for _, weight in rows]
    found, (low, high) = share(marks, weights)
    assert 0 <= low <= found <= high <= 1
    assert effective(weights) <= len(rows) + 1e-6


def test_nothing_is_known_of_no_rows() -> None:
    assert share([], []) == (0.0, (0.0, 1.0))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of 20,000 calls all but 900 are left out; failures are over-sampled, a slice fails more."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        inside = rng.random(20_000) < 0.1
        failed = rng.random(20_000) < np.where(inside, 0.08, 0.05)
        parts = []
        for kind, most in ((True, 600), (False, 300)):
            there = np.flatnonzero(failed == kind)
            parts.append((rng.choice(there, most, replace=False), len(there)))
        drawn = np.concatenate([part for part, _ in parts])
        weights = np.concatenate([np.full(len(part), of / len(part)) for part, of in parts])
        chosen = inside[drawn]
        low, high = share(failed[drawn][chosen].tolist(), weights[chosen].tolist())[1]
        held += low <= 0.08 <= high
    assert 180 <= held <= 199
