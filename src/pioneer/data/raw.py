"""Rows as they were found, before anybody has read a meaning into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PARTS = ("train", "validation", "test", "all")
"""The names that a data file may have; `all` is rows that nobody has split yet."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of a file. `row` is 1-based: the line that it begins on, in Parquet its number."""

    file: str
    row: int
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RawData:
    """What a source holds. `parts` has only names of PARTS, in that order, none of them empty."""

    source: str
    parts: Mapping[str, tuple[RawRow, ...]]
    ignored: tuple[str, ...] = ()
    """Names of files in the folder that were not read."""
    columns: tuple[str, ...] = ()
    """Every column that occurs in any row, in order of appearance."""

    def rows(self) -> tuple[RawRow, ...]:
        """All rows, part after part."""
        return tuple(row for rows in self.parts.values() for row in rows)


def raw_data(
    source: str, parts: Mapping[str, Sequence[RawRow]], ignored: Sequence[str] = ()
) -> RawData:
    """A RawData with its parts in order and its columns counted."""
    ordered = {name: tuple(parts[name]) for name in PARTS if parts.get(name)}
    columns: dict[str, None] = {}
    for rows in ordered.values():
        for row in rows:
            columns.update(dict.fromkeys(row.fields))
    return RawData(source, ordered, tuple(ignored), tuple(columns))


def together(sources: Sequence[RawData]) -> RawData:
    """Several sources as one: parts of the same name are joined in the order given."""
    parts: dict[str, list[RawRow]] = {}
    for source in sources:
        for name, rows in source.parts.items():
            parts.setdefault(name, []).extend(rows)
    ignored = tuple(name for source in sources for name in source.ignored)
    return raw_data(", ".join(source.source for source in sources), parts, ignored)
