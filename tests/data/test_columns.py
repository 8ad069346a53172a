from __future__ import annotations

from typing import Any

import pytest

from pioneer.data.columns import kinds_that_fit, map_columns, parse_mapping
from pioneer.data.raw import RawData, RawRow, raw_data
from pioneer.errors import ArgumentError, DataError, PioneerError
from pioneer.families import families, family
from pioneer.records import Kind

CLASSIFICATION = family(Kind.CLASSIFICATION)


def raw(*fields: dict[str, Any]) -> RawData:
    rows = [RawRow("d/all.jsonl", n, row) for n, row in enumerate(fields, start=1)]
    return raw_data("d", {"all": rows})


def test_own_names_are_taken_before_any_other() -> None:
    data = raw({"label": "a", "sentence": "no", "text": "yes"})
    mapped, shown = map_columns(data, CLASSIFICATION)
    assert shown == {"text": "text", "label": "label"}
    assert mapped == data


def test_the_only_other_name_is_taken_and_shown() -> None:
    mapped, shown = map_columns(raw({"Utterance": "hi", "INTENT": "a", "x": 1}), CLASSIFICATION)
    assert shown == {"text": "Utterance", "label": "INTENT"}
    assert mapped.rows()[0].fields == {"text": "hi", "label": "a", "x": 1}
    assert mapped.columns == ("text", "label", "x")


def test_the_users_mapping_wins() -> None:
    data = raw({"text": "raw", "clean": "neat", "label": "a", "key": 7})
    mapped, shown = map_columns(data, CLASSIFICATION, {"text": "clean", "id": "key"})
    assert shown == {"text": "clean", "label": "label", "id": "key"}
    assert mapped.rows()[0].fields == {"text": "neat", "label": "a", "id": 7}


def test_columns_may_be_swapped() -> None:
    mapped, _ = map_columns(
        raw({"text": "a", "label": "hi"}), CLASSIFICATION, {"text": "label", "label": "text"}
    )
    assert mapped.rows()[0].fields == {"text": "hi", "label": "a"}


def test_a_missing_cell_stays_missing() -> None:
    mapped, _ = map_columns(raw({"query": "hi", "intent": "a"}, {"query": "yo"}), CLASSIFICATION)
    assert mapped.rows()[1].fields == {"text": "yo"}


@pytest.mark.parametrize(
    ("columns", "mapping", "message"),
    [
        (["sentence", "review", "label"], {}, "several columns could be 'text': sentence, review"),
        (["text", "y"], {}, "no column 'label' (name it with --map label=COLUMN"),
        (["x", "label"], {}, "no column 'text' (name it with --map text=COLUMN"),
        (["text", "spans"], {}, "spans where label belongs: there is 'spans' but no 'label'"),
        (["text", "spans"], {}, "use --kind extraction"),
        (["text", "label"], {"label": "intent"}, "there is no column 'intent' in d"),
        (["text", "label"], {"labels": "label"}, "has no column 'labels'"),
        (["text", "y"], {}, "columns found: text, y"),
    ],
)
def test_refused_with_what_was_found(
    columns: list[str], mapping: dict[str, str], message: str
) -> None:
    with pytest.raises(PioneerError) as caught:
        map_columns(raw(dict.fromkeys(columns, "a")), CLASSIFICATION, mapping)
    assert message in str(caught.value)


def test_kinds_are_told_by_columns_and_first_rows() -> None:
    span = {"start": 0, "end": 1, "label": "x"}
    assert kinds_that_fit(raw({"text": "hi", "label": "a"}), families()) == (Kind.CLASSIFICATION,)
    assert kinds_that_fit(raw({"text": "hi", "spans": [span]}), families()) == (Kind.EXTRACTION,)
    assert kinds_that_fit(raw({"text": "hi", "label": "a", "spans": [span]}), families()) == (
        Kind.CLASSIFICATION,
        Kind.EXTRACTION,
    )
    assert kinds_that_fit(raw({"prompt": "hi", "completion": "a"}), families()) == (
        Kind.GENERATION,
    )
    assert kinds_that_fit(raw({"text": "hi", "label": ["a", "b"]}), families()) == ()
    assert kinds_that_fit(raw({"x": "hi", "y": "a"}), families(), {"text": "x", "label": "y"}) == (
        Kind.CLASSIFICATION,
    )


def test_one_broken_row_does_not_hide_the_kind() -> None:
    data = raw({"text": "hi", "label": None}, {"text": "hi", "label": "a"})
    assert kinds_that_fit(data, families()) == (Kind.CLASSIFICATION,)


def test_the_mapping_of_the_command_line() -> None:
    assert parse_mapping("text=My Text, label=y=z") == {"text": "My Text", "label": "y=z"}


@pytest.mark.parametrize("text", ["", "text", "text=", "=a", "text=a,", "text=a,text=b"])
def test_a_mapping_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ArgumentError, match="write --map"):
        parse_mapping(text)


def test_the_error_names_the_source() -> None:
    with pytest.raises(DataError) as caught:
        map_columns(raw({"a": "b"}), CLASSIFICATION)
    assert caught.value.file == "d"
