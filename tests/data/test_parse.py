from __future__ import annotations

import random
from typing import Any

import pytest

from pioneer.data.parse import parse_rows
from pioneer.data.raw import RawData, RawRow, raw_data
from pioneer.errors import DataError
from pioneer.families import family
from pioneer.records import Example, Kind, Span

CLASSIFICATION = family(Kind.CLASSIFICATION)


def raw(parts: dict[str, list[dict[str, Any]]]) -> RawData:
    return raw_data(
        "d",
        {
            part: [RawRow(f"/d/{part}.csv", n, row) for n, row in enumerate(rows, start=1)]
            for part, rows in parts.items()
        },
    )


def test_given_id_and_group_and_the_place_are_kept() -> None:
    row = {"id": 7, "group": "g", "text": "hi", "label": "a"}
    (example,) = parse_rows(raw({"test": [row]}), CLASSIFICATION)["test"]
    assert example == Example("7", "hi", "a", "g", "test.csv:1")


def test_an_id_is_made_from_the_content() -> None:
    parts = parse_rows(raw({"all": [{"text": "hi", "label": "a", "id": None}]}), CLASSIFICATION)
    again = parse_rows(raw({"train": [{"label": "a", "text": "hi"}]}), CLASSIFICATION)
    other = parse_rows(raw({"all": [{"text": "hi", "label": "b"}]}), CLASSIFICATION)
    assert parts["all"][0].id == again["train"][0].id != other["all"][0].id


def test_equal_ids_are_told_apart_by_content_not_by_place() -> None:
    rows = [{"id": "x", "text": text, "label": "a"} for text in ("one", "two", "three")]
    rows += [{"text": "same", "label": "a"}] * 2
    first = {row.input + row.id for row in parse_rows(raw({"all": rows}), CLASSIFICATION)["all"]}
    random.Random(1).shuffle(rows)
    second = {row.input + row.id for row in parse_rows(raw({"all": rows}), CLASSIFICATION)["all"]}
    assert first == second
    assert len(first) == 5


def test_ids_are_unique_over_parts() -> None:
    row = {"id": 1, "text": "hi", "label": "a"}
    parts = parse_rows(raw({"train": [row], "test": [row]}), CLASSIFICATION)
    assert {parts["train"][0].id, parts["test"][0].id} == {"1", "1#2"}


def test_extraction_and_generation_rows() -> None:
    spans = '[{"start": 3, "end": 4, "label": "b"}, {"start": 0, "end": 2, "label": "a"}]'
    (row,) = parse_rows(raw({"all": [{"text": "hi yo", "spans": spans}]}), family(Kind.EXTRACTION))[
        "all"
    ]
    assert row.target == (Span(0, 2, "a"), Span(3, 4, "b"))
    (row,) = parse_rows(
        raw({"all": [{"prompt": "1+1", "completion": "2", "answer": 2}]}), family(Kind.GENERATION)
    )["all"]
    assert row.extra == {"answer": "2"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": "hi"}, "no column 'label'"),
        ({"text": "hi", "label": None}, "column 'label' is null"),
        ({"text": None, "label": "a"}, "column 'text' is null"),
        ({"text": 5, "label": "a"}, "column 'text' must be text"),
        ({"text": "hi", "label": ["a", "b"]}, "multi-label data is not supported"),
        (
            {"text": "hi", "label": [{"start": 0, "end": 1, "label": "x"}]},
            "spans where labels belong",
        ),
        ({"text": "hi", "label": "a", "id": ["x"]}, "column 'id' must be text"),
    ],
)
def test_refused_with_file_and_row(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_rows(raw({"train": [{"text": "ok", "label": "a"}, fields]}), CLASSIFICATION)
    assert message in str(caught.value)
    assert (caught.value.file, caught.value.row) == ("/d/train.csv", 2)
