"""Reading the columns of a raw row, with errors that name the column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pioneer.errors import DataError
from pioneer.records import Example, Json

_FILL = "fill it in, or leave the row out"
_NO_TEXT = "write it as text, or name another column with --map"


def required(row: Mapping[str, Any], column: str, hint: str | None = None) -> Any:
    """The value of a column. Raises DataError if it is missing or null."""
    if column not in row:
        there = ", ".join(sorted(str(name) for name in row)) or "none"
        way = hint or f"columns here: {there}; map them with --map"
        raise DataError(f"no column {column!r}", hint=way)
    if row[column] is None:
        raise DataError(f"column {column!r} is null", hint=_FILL)
    return row[column]


def text_of(row: Mapping[str, Any], column: str) -> str:
    """A text column. Raises DataError if it is missing, null or no text."""
    value = required(row, column)
    if not isinstance(value, str):
        raise DataError(
            f"column {column!r} must be text, but holds {kind_of(value)}", hint=_NO_TEXT
        )
    return value


def kind_of(value: object) -> str:
    """What a JSON value is, in the user's words."""
    if isinstance(value, bool):
        return "true/false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if isinstance(value, Mapping) else type(value).__name__


def identity(example: Example) -> dict[str, Json]:
    """The columns that say which row it is, where they are known."""
    named = {"id": example.id, "group": example.group}
    return {name: value for name, value in named.items() if value}
