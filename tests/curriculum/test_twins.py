"""Twins: no invented label, no lost group, and the same for everyone."""

from __future__ import annotations

import random
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.curriculum.twins import twins, variation
from pioneer.families import families, family
from pioneer.records import Example, Kind, Task

TASK = Task(Kind.CLASSIFICATION, "tell metals", ("a", "b"), "accuracy")
VARY = partial(family(Kind.CLASSIFICATION).varied, TASK)

sets = st.lists(
    st.builds(
        Example,
        id=st.uuids().map(str),
        input=st.text(max_size=40),
        target=st.sampled_from(["a", "b"]),
        group=st.sampled_from(["", "g1", "g2"]),
    ),
    max_size=20,
    unique_by=lambda row: row.id,
)


@given(rows=sets, share=st.floats(0, 1), seed=st.integers(0, 9))
def test_a_twin_keeps_target_and_group_of_its_row(
    rows: list[Example], share: float, seed: int
) -> None:
    by_id = {row.id: row for row in rows}
    made = twins(rows, share, VARY, seed)
    assert len({one.id for one in made} | set(by_id)) == len(made) + len(rows)
    for one in made:
        source = by_id[one.id.removesuffix(" twin")]
        assert (one.target, one.group) == (source.target, source.group or source.id)
        assert one.input != source.input
        assert one.input.strip()


@given(rows=sets, seed=st.integers(0, 9))
def test_twins_do_not_hang_on_the_order_of_rows(rows: list[Example], seed: int) -> None:
    turned = twins(rows[::-1], 0.5, VARY, seed)
    assert sorted(turned, key=lambda row: row.id) == sorted(
        twins(rows, 0.5, VARY, seed), key=lambda row: row.id
    )


def test_the_share_is_that_of_the_rows() -> None:
    rows = [Example(f"r{at}", f"send parcel number {at} to me", "a") for at in range(400)]
    assert twins(rows, 0.0, VARY, 0) == []
    assert 160 < len(twins(rows, 0.5, VARY, 0)) < 240
    assert len(twins(rows, 1.0, VARY, 0)) > 380


def test_variations_differ_by_name() -> None:
    row = Example("r", "send the parcel with the books to my sister", "a")
    found = {one.input for n in range(8) if (one := variation(row, f"probe {n}", VARY, 0))}
    assert len(found) > 4


@pytest.mark.parametrize("chosen", [one for one in families() if not one.reads_logs])
def test_a_kind_that_cannot_be_sure_of_the_answer_varies_nothing(chosen: object) -> None:
    row = Example("r", "send the parcel", "sent")
    assert chosen.varied(TASK, row, random.Random(0)) is None  # type: ignore[attr-defined]
