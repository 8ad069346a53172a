"""Composition: laws that hold for every mix, then what each step does."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.curriculum.compose import Decision, compose
from pioneer.curriculum.evidence import RowEvidence
from pioneer.curriculum.lengths import usual_lengths
from pioneer.records import Example, Mix

LABELS = ("a", "b", "c")

mixes = st.builds(
    Mix,
    rows=st.none() | st.integers(0, 60),
    hard_share=st.sampled_from([0.0, 0.2, 0.35, 0.5, 1.0]),
    drop_suspects=st.booleans(),
    max_imbalance=st.sampled_from([0.0, 1.0, 1.5, 3.0]),
    near_duplicates=st.booleans(),
    twins=st.sampled_from([0.0, 0.5]),
)


@st.composite
def sets(draw: st.DrawFn) -> tuple[list[Example], dict[str, RowEvidence]]:
    rows, evidence = [], {}
    for number in range(draw(st.integers(0, 50))):
        name = f"r{number:02}"
        group = draw(st.sampled_from(["", "g1", "g2", "g3"]))
        label = draw(st.sampled_from(LABELS))
        rows.append(Example(name, draw(st.text(max_size=9)), label, group))
        if draw(st.booleans()):
            margin = draw(st.floats(-1, 1))
            evidence[name] = RowEvidence(name, 0.5, margin, "b", draw(st.booleans()))
    return rows, evidence


def label(row: Example) -> str:
    return str(row.target)


def made(margins: Mapping[str, Sequence[float]], suspects: Sequence[str] = ()) -> Any:
    """Rows and evidence with the given margins, by label; ids are like a00, a01."""
    rows = [
        Example(f"{name}{n:02}", f"{name} {n}", name)
        for name, values in margins.items()
        for n in range(len(values))
    ]
    values = [value for each in margins.values() for value in each]
    evidence = {
        row.id: RowEvidence(row.id, (1 + value) / 2, value, "z", row.id in suspects)
        for row, value in zip(rows, values, strict=True)
    }
    return rows, evidence


def ids(rows: Sequence[Example]) -> list[str]:
    return [row.id for row in rows]


def codes(decisions: Sequence[Decision]) -> Counter[str]:
    return Counter(decision.code for decision in decisions)


@given(sets(), mixes, st.integers(0, 5))
def test_composition_only_leaves_out(
    given_set: tuple[list[Example], dict[str, RowEvidence]], mix: Mix, seed: int
) -> None:
    rows, evidence = given_set
    kept, decisions = compose(mix, rows, evidence, label, seed)
    before = {row.id: row for row in rows}
    assert all(before[row.id] == row for row in kept)
    assert len(set(ids(kept))) == len(kept)
    assert [decision.id for decision in decisions] == sorted(before)
    assert [d.id for d in decisions if d.action == "kept"] == ids(kept)
    assert all(decision.reason and decision.code for decision in decisions)


@given(sets(), mixes, st.integers(0, 5), st.randoms())
def test_composition_depends_on_the_set_alone(
    given_set: tuple[list[Example], dict[str, RowEvidence]],
    mix: Mix,
    seed: int,
    rng: random.Random,
) -> None:
    rows, evidence = given_set
    shuffled = rng.sample(rows, len(rows))
    assert compose(mix, shuffled, evidence, label, seed) == compose(
        mix, rows, evidence, label, seed
    )


@given(sets(), mixes, st.integers(0, 5))
def test_caps_hold(
    given_set: tuple[list[Example], dict[str, RowEvidence]], mix: Mix, seed: int
) -> None:
    rows, evidence = given_set
    kept, _ = compose(mix, rows, evidence, label, seed)
    counts = Counter(map(label, kept))
    if mix.rows is not None:
        assert len(kept) <= mix.rows
    if mix.max_imbalance and counts:
        assert max(counts.values()) <= max(1, mix.max_imbalance * min(counts.values()))
    if not mix.near_duplicates:
        tied = [(row.group, row.target) for row in kept if row.group]
        assert len(set(tied)) == len(tied)


@given(sets(), mixes, st.integers(0, 5))
def test_no_label_dies_unless_the_cap_is_below_the_number_of_labels(
    given_set: tuple[list[Example], dict[str, RowEvidence]], mix: Mix, seed: int
) -> None:
    rows, evidence = given_set
    kept, _ = compose(mix, rows, evidence, label, seed)
    if mix.rows is None or mix.rows >= 60:
        assert set(map(label, kept)) == set(map(label, rows))


def test_a_label_with_hard_rows_only_keeps_one() -> None:
    rows, evidence = made({"a": [0.0], "b": [0.9], "c": [0.9]})
    kept, _ = compose(Mix(hard_share=0.2), rows, evidence, label, 0)
    assert "a" in set(map(label, kept))


def test_all_rows_stay_without_a_mix() -> None:
    rows, evidence = made({"b": [0.9, -0.5], "a": [0.1, 0.8]})
    kept, decisions = compose(Mix(), rows, evidence, label, 0)
    assert ids(kept) == ["a00", "a01", "b00", "b01"]
    assert [d.code for d in decisions] == ["hard", "gold", "gold", "hard"]
    assert decisions[3].reason == "hard: margin -0.50 to 'z'"


def test_gold_and_hard_rows_come_in_their_shares() -> None:
    rows, evidence = made({"a": [0.9] * 100 + [0.1] * 20, "b": [0.9] * 100 + [0.0] * 20})
    kept, decisions = compose(Mix(hard_share=0.35), rows, evidence, label, 0)
    assert codes(decisions) == {"hard": 40, "gold": 74, "share": 126}
    assert Counter(map(label, kept)) == {"a": 57, "b": 57}


def test_within_a_cap_the_hard_rows_nearest_to_the_border_are_taken() -> None:
    rows, evidence = made({"a": [0.9] * 60 + [0.2, 0.01, -0.02, -0.9]})
    kept, _ = compose(Mix(rows=4, hard_share=0.5), rows, evidence, label, 0)
    assert {"a61", "a62"} < set(ids(kept))
    assert len(kept) == 4


def test_few_hard_rows_do_not_starve_the_labels() -> None:
    rows, evidence = made({"a": [0.9] * 50 + [0.1], "b": [0.9] * 5})
    _, decisions = compose(Mix(hard_share=0.35), rows, evidence, label, 0)
    assert codes(decisions)["hard"] == 1
    assert codes(decisions)["gold"] == 8 + 5


def test_a_model_unsure_of_everything_makes_at_most_half_of_the_rows_hard() -> None:
    rows, evidence = made({"a": [n / 1000 for n in range(100)]})
    _, decisions = compose(Mix(), rows, evidence, label, 0)
    assert codes(decisions) == {"hard": 50, "gold": 50}


def test_without_evidence_a_share_of_hard_rows_changes_nothing() -> None:
    rows, _ = made({"a": [0.0] * 10})
    kept, _ = compose(Mix(hard_share=0.35), rows, {}, label, 0)
    assert kept == rows


def test_suspects_go_but_never_the_last_rows_of_a_label() -> None:
    suspects = ["a00", "b00", "b01", "b02"]
    rows, evidence = made({"a": [-0.9, 0.9, 0.9], "b": [-0.9, -0.8, -0.7]}, suspects)
    kept, decisions = compose(Mix(drop_suspects=True), rows, evidence, label, 0)
    assert Counter(map(label, kept)) == {"a": 2, "b": 2}
    assert "a00" not in ids(kept)
    dropped = next(d for d in decisions if d.id == "a00")
    assert dropped.reason.endswith("contradicts its label; 'z' is likelier")


def test_a_suspect_is_never_hard_and_is_the_last_to_fill_a_cap() -> None:
    rows, evidence = made({"a": [-0.9, 0.9, 0.9, 0.9]}, ["a00"])
    for seed in range(10):
        kept, decisions = compose(Mix(rows=3), rows, evidence, label, seed)
        assert "a00" not in ids(kept)
        assert codes(decisions) == {"gold": 3, "rows": 1}


def test_a_cap_takes_every_label_first_and_then_in_proportion() -> None:
    rows, _ = made({"a": [0.0] * 80, "b": [0.0] * 19, "c": [0.0]})
    for seed in range(5):
        kept, _ = compose(Mix(rows=10), rows, {}, label, seed)
        counts = Counter(map(label, kept))
        assert counts["c"] == 1
        assert counts["a"] in (7, 8)
    one, _ = compose(Mix(rows=10), rows, {}, label, 1)
    other, _ = compose(Mix(rows=10), rows, {}, label, 2)
    assert ids(one) != ids(other)


def test_near_duplicates_with_different_targets_show_the_border_and_stay() -> None:
    rows = [
        Example("r1", "pay now", "a", "g"),
        Example("r2", "pay now!", "a", "g"),
        Example("r3", "pay never", "b", "g"),
        Example("r4", "alone", "a"),
        Example("r5", "alone too", "a"),
    ]
    kept, decisions = compose(Mix(near_duplicates=False), rows, {}, label, 0)
    assert ids(kept) == ["r1", "r3", "r4", "r5"]
    assert decisions[1].reason == "a near-duplicate of row r1 with the same target"


def test_rows_unlike_real_inputs_in_length_are_left_out() -> None:
    rows = [Example("r1", "x" * 30, "a"), Example("r2", "x" * 900, "a")]
    lengths = usual_lengths(["y" * n for n in range(20, 60)])
    assert lengths == (10, 118)
    kept, decisions = compose(Mix(), rows, {}, label, 0, lengths)
    assert ids(kept) == ["r1"]
    assert decisions[1].code == "length"
    kept, _ = compose(Mix(), rows[1:], {}, label, 0, lengths)
    assert ids(kept) == ["r2"]


@pytest.mark.parametrize("inputs", [[], ["x"], ["", "x" * 100]])
def test_usual_lengths_hold_the_inputs_they_come_from(inputs: list[str]) -> None:
    lengths = usual_lengths(inputs)
    assert (lengths is None) == (not inputs)
    if lengths is not None:
        assert all(lengths[0] <= len(text) <= lengths[1] for text in inputs)
