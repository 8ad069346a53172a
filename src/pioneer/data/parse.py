"""From raw rows to examples."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import PurePath
from typing import TypeAlias

from pioneer.data.raw import RawData, RawRow
from pioneer.data.rows import row_key
from pioneer.errors import DataError
from pioneer.families.base import Family
from pioneer.records import Example

Parts: TypeAlias = dict[str, list[Example]]
"""The examples of every part, by its name; see `raw.PARTS`."""


def parse_rows(raw: RawData, family: Family) -> Parts:
    """Every row as an Example, under ids that are unique over all parts.

    Columns must be mapped already. The id is the given one, else a hash of the content; of rows
    that would share one, the second and later get '#2', '#3' in an order that follows from what
    they say, not from where they stand. Raises DataError with file and row.
    """
    parsed = {part: [_example(row, family) for row in rows] for part, rows in raw.parts.items()}
    return with_unique_ids(parsed)


def with_unique_ids(parts: Parts) -> Parts:
    """The same examples; ids that occur twice are told apart."""
    alike: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for part, examples in parts.items():
        for place, row in enumerate(examples):
            alike[row.id].append((part, place))
    renamed = {part: list(examples) for part, examples in parts.items()}
    for places in alike.values():
        if len(places) > 1:
            ordered = sorted(places, key=lambda at: _content(at[0], parts[at[0]][at[1]]))
            for ordinal, (part, place) in enumerate(ordered[1:], start=2):
                row = parts[part][place]
                renamed[part][place] = replace(row, id=f"{row.id}#{ordinal}")
    return renamed


def _content(part: str, row: Example) -> tuple[str, str, str]:
    return row_key(row), part, row.group


def _example(row: RawRow, family: Family) -> Example:
    try:
        parsed = family.parse(row.fields)
    except DataError as error:
        way = error.hint or "mend the row, or leave it out"
        raise DataError(error.message, file=row.file, row=row.row, hint=way) from error
    example = Example(
        id=_text(row, "id"),
        input=parsed.input,
        target=parsed.target,
        group=_text(row, "group"),
        provenance=f"{PurePath(row.file).name}:{row.row}",
        extra=dict(parsed.extra),
    )
    return example if example.id else replace(example, id=row_key(example)[:16])


def _text(row: RawRow, column: str) -> str:
    """A given id or group as text; '' where there is none."""
    value = row.fields.get(column)
    if value is None:
        return ""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value).strip()
    raise DataError(
        f"column {column!r} must be text or a whole number",
        file=row.file,
        row=row.row,
        hint=f"leave {column!r} out if the rows have none",
    )
