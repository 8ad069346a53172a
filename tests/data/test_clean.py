from __future__ import annotations

import pytest

from pioneer.data.clean import MAX_CHARACTERS, clean
from pioneer.errors import DataError
from pioneer.families import family
from pioneer.families.base import Repair
from pioneer.records import Example, Kind, Span

CLASSIFICATION = family(Kind.CLASSIFICATION)


def rows(*texts: str, label: str, prefix: str = "") -> list[Example]:
    return [Example(f"{prefix}{text}", text, label) for text in texts]


POOL = [*rows("a1", "a2", "a3", label="A"), *rows("b1", "b2", "b3", label="B")]


def by_code(repairs: list[Repair]) -> set[tuple[str | None, str, str]]:
    return {(repair.row_id, repair.action, repair.code) for repair in repairs}


def test_good_rows_pass_unchanged() -> None:
    parts = {"train": POOL, "test": rows("c1", label="A")}
    assert clean(parts, CLASSIFICATION) == (parts, [])


def test_conflicts_are_dropped_from_what_is_learned() -> None:
    parts, repairs = clean({"all": [*POOL, Example("x", "A1", "B")]}, CLASSIFICATION)
    assert [row.id for row in parts["all"]] == ["a2", "a3", "b1", "b2", "b3"]
    assert by_code(repairs) == {
        ("a1", "dropped", "conflicting_labels"),
        ("x", "dropped", "conflicting_labels"),
    }


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_shipped_part_keeps_its_rows_and_its_problems_are_reported(part: str) -> None:
    judged = [
        *rows("same", label="A"),
        Example("other", "same", " b "),
        Example("empty", " ", "A"),
        Example("long", "x" * (MAX_CHARACTERS + 1), "A"),
    ]
    parts, repairs = clean({"train": POOL, part: judged}, CLASSIFICATION)
    assert parts["train"] == POOL
    assert [row.id for row in parts[part]] == ["same", "other", "empty", "long"]
    assert [row.input for row in parts[part]] == [row.input for row in judged]
    assert by_code(repairs) == {
        ("same", "reported", "conflicting_labels"),
        ("other", "reported", "conflicting_labels"),
        ("other", "relabelled", "label_spelling"),
        ("empty", "reported", "empty_text"),
        ("long", "reported", "over_long"),
    }


def test_labels_are_spelled_alike_in_all_parts() -> None:
    test = [Example("t1", "t1", "a "), Example("t2", "t2", "b"), Example("t3", "t3", "b")]
    test += [Example("t4", "t3", "a ")]  # says the same text is something else
    parts, repairs = clean({"train": POOL, "test": test}, CLASSIFICATION)
    assert [row.target for row in parts["test"]] == ["A", "B", "B", "A"]
    assert {repair.row_id for repair in repairs if repair.code == "label_spelling"} == {
        "t1",
        "t2",
        "t3",
        "t4",
    }


def test_long_texts_are_cut_with_the_spans_beyond() -> None:
    text = "x" * (MAX_CHARACTERS + 10)
    spans = (Span(0, 1, "s"), Span(MAX_CHARACTERS - 1, MAX_CHARACTERS + 1, "s"))
    examples = [Example("long", text, spans), Example("short", "hi", (Span(0, 2, "s"),))]
    parts, repairs = clean({"all": examples}, family(Kind.EXTRACTION))
    assert len(parts["all"][0].input) == MAX_CHARACTERS
    assert parts["all"][0].target == (Span(0, 1, "s"),)
    assert by_code(repairs) == {("long", "truncated", "over_long")}


def test_what_is_learned_must_be_enough_by_itself() -> None:
    test = [*rows("c1", "c2", label="C"), *rows("d1", "d2", label="D")]
    with pytest.raises(DataError, match="only 'A' has 2 distinct rows"):
        clean({"train": POOL[:3], "test": test}, CLASSIFICATION)


def test_a_label_with_one_row_to_learn_from_is_named() -> None:
    parts = {"train": [*POOL, *rows("c1", label="C")], "test": rows("c2", label="C")}
    _, repairs = clean(parts, CLASSIFICATION)
    assert by_code(repairs) == {("c1", "train_only", "one_row_label")}
