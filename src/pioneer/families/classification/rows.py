"""One raw classification row, read and written."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pioneer.errors import DataError
from pioneer.families.base import Parsed
from pioneer.families.columns import identity, kind_of, required, text_of
from pioneer.records import Example, Json
from pioneer.text.slips import slipped

LABEL_TYPE = "label_type"
"""Key in `extra` of a row whose label was no text; `clean` counts these and takes it away."""


def parse(row: Mapping[str, Any]) -> Parsed:
    """Numbers and true/false are read as text labels."""
    text = text_of(row, "text")
    if "label" not in row and "spans" in row:
        raise DataError(
            "spans where labels belong: the row has 'spans' but no 'label'",
            hint="use --kind extraction, or give each row one label",
        )
    value = required(row, "label")
    label = _label(value)
    if not label.strip():
        raise DataError("column 'label' is empty", hint="fill it in, or leave the row out")
    return Parsed(text, label, {} if isinstance(value, str) else {LABEL_TYPE: kind_of(value)})


def _label(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        raise _list_refused(value)
    raise DataError(
        f"column 'label' must be text, but holds {kind_of(value)}",
        hint="a label is text, a whole number or true/false; name another column with --map",
    )


def _list_refused(value: list[Any] | tuple[Any, ...]) -> DataError:
    if value and all(isinstance(item, Mapping) and "start" in item for item in value):
        return DataError(
            "spans where labels belong: 'label' holds a list of spans",
            hint="use --kind extraction, or give each row one label",
        )
    return DataError(
        "'label' holds a list: multi-label data is not supported",
        hint="give each row one label",
    )


def render(example: Example) -> dict[str, Json]:
    """The raw row, with id and group where they are known."""
    return {"text": example.input, "label": str(example.target)} | identity(example)


def varied(example: Example, rng: random.Random, english: bool) -> Example | None:
    """The row with slips, or None where none changes it."""
    text = slipped(example.input, rng, english)
    return replace(example, input=text) if text.strip() and text != example.input else None
