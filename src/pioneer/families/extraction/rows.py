"""One raw extraction row, read and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pioneer.errors import DataError
from pioneer.families.base import Parsed
from pioneer.families.columns import identity, kind_of, required, text_of
from pioneer.records import Example, Json, Span, Target


def parse(row: Mapping[str, Any]) -> Parsed:
    """Spans may also stand as JSON text, as in CSV. The same span twice counts once."""
    text = text_of(row, "text")
    if "spans" not in row and "label" in row:
        raise DataError(
            "labels where spans belong: the row has 'label' but no 'spans'",
            hint="use --kind classification, or give each row its spans",
        )
    found = _list(required(row, "spans"))
    spans = {_span(value, place, len(text)) for place, value in enumerate(found, start=1)}
    return Parsed(text, in_order(spans), {})


def render(example: Example) -> dict[str, Json]:
    """The raw row, with id and group where they are known."""
    row: dict[str, Json] = {"text": example.input, "spans": as_json(example.target)}
    return row | identity(example)


def spans_of(target: Target | None) -> tuple[Span, ...]:
    """The spans of a target or output; of an abstention none."""
    return target if isinstance(target, tuple) else ()


def as_json(target: Target | None) -> list[Json]:
    return [
        {"start": span.start, "end": span.end, "label": span.label} for span in spans_of(target)
    ]


def in_order(spans: set[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda span: (span.start, span.end, span.label)))


def _list(value: object) -> list[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise DataError("column 'spans' is text, but no JSON") from error
    if not isinstance(value, list | tuple):
        raise DataError(f"column 'spans' must be a list, but holds {kind_of(value)}")
    return list(value)


def _span(value: object, place: int, length: int) -> Span:
    if not isinstance(value, Mapping):
        raise DataError(
            f"span {place} is {kind_of(value)}",
            hint='each span is {"start", "end", "label"}, in characters, end exclusive',
        )
    start, end = _position(value, "start", place), _position(value, "end", place)
    label = value.get("label")
    if not isinstance(label, str) or not label.strip():
        raise DataError(f"span {place} has no label")
    if not 0 <= start < end <= length:
        raise DataError(
            f"span {place} runs from {start} to {end}, but the text has {length} characters",
            hint="start and end count characters from 0, end exclusive",
        )
    return Span(start, end, label)


def _position(span: Mapping[Any, Any], name: str, place: int) -> int:
    value = span.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise DataError(f"span {place} has no whole number {name!r}")
    return value
