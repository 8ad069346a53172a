"""One raw generation row, read and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pioneer.errors import DataError
from pioneer.families.base import Parsed
from pioneer.families.columns import identity, kind_of, text_of
from pioneer.records import Example, Json

TEXTS = ("answers", "references", "tests")
"""Columns that hold lists of texts."""


def parse(row: Mapping[str, Any]) -> Parsed:
    """Besides prompt and completion, keeps what metrics need. A number as answer is read as text.

    A list may also stand as JSON text, as in CSV; one text alone is a list of one.
    """
    extra: dict[str, Json] = {}
    if row.get("answer") is not None:
        extra["answer"] = _answer(row["answer"])
    for column in TEXTS:
        if row.get(column) is not None:
            extra[column] = _texts(column, row[column])
    if row.get("entry_point") is not None:
        extra["entry_point"] = text_of(row, "entry_point")
    return Parsed(text_of(row, "prompt"), text_of(row, "completion"), extra)


def render(example: Example) -> dict[str, Json]:
    """The raw row, with id and group where they are known."""
    row: dict[str, Json] = {"prompt": example.input, "completion": str(example.target)}
    return row | dict(example.extra) | identity(example)


def _answer(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise DataError(f"column 'answer' must be text or a number, but holds {kind_of(value)}")


def _texts(column: str, value: object) -> list[Json]:
    if isinstance(value, str):
        value = _listed(value)
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise DataError(f"column {column!r} must be a list of texts, but holds {kind_of(value)}")
    return list(value)


def _listed(text: str) -> list[Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    return value if isinstance(value, list) else [text]
