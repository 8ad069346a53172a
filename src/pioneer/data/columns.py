"""Which column is the input and which the right answer: named by the user, or plain to see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pioneer.data.raw import RawData, RawRow, raw_data
from pioneer.errors import ArgumentError, DataError
from pioneer.families import families
from pioneer.families.base import Family
from pioneer.records import Kind

EXTRA_COLUMNS = ("id", "group", "answer", "answers", "references", "tests", "entry_point")
"""Columns besides input and target that mean something, and that may be mapped too."""

_SAMPLE = 20  # rows of each part that are read to see whether they fit a kind


def parse_mapping(text: str) -> dict[str, str]:
    """'text=COL,label=COL' as a dict. Raises ArgumentError."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    mapping = {name.strip(): column.strip() for name, _, column in pairs}
    if len(mapping) < len(pairs) or not all(mapping) or not all(mapping.values()):
        raise ArgumentError(
            f"--map {text!r} cannot be read", hint="write --map text=COLUMN,label=COLUMN"
        )
    return mapping


def map_columns(
    raw: RawData, family: Family, mapping: Mapping[str, str] | None = None
) -> tuple[RawData, dict[str, str]]:
    """The data under the family's own column names, and which column each name stands for.

    A name that the user did not map is taken from the column of that name, else from the only
    column that has one of the family's other names for it. Raises DataError where that leaves
    nothing or a choice, ArgumentError where the mapping itself is wrong.
    """
    given = dict(mapping or {})
    _check(given, raw, family)
    shown = {name: column for name, column in given.items() if name not in EXTRA_COLUMNS}
    for names in (family.input_columns, family.target_columns):
        if names[0] not in shown:
            shown[names[0]] = _found(raw, names, shown)
    shown |= given
    moved = {column: name for name, column in shown.items() if column != name}
    if not moved:
        return raw, shown
    parts = {
        part: [replace(row, fields=_renamed(row, shown)) for row in rows]
        for part, rows in raw.parts.items()
    }
    return raw_data(raw.source, parts, raw.ignored), shown


def kinds_that_fit(
    raw: RawData, families: Sequence[Family], mapping: Mapping[str, str] | None = None
) -> tuple[Kind, ...]:
    """The kinds whose columns are there, and that can read any of the first rows of each part.

    A single broken row does not hide the kind: reading all rows names it later.
    """
    return tuple(family.kind for family in families if _fits(raw, family, mapping))


def _fits(raw: RawData, family: Family, mapping: Mapping[str, str] | None) -> bool:
    sample = raw_data(raw.source, {part: rows[:_SAMPLE] for part, rows in raw.parts.items()})
    try:
        mapped, _ = map_columns(sample, family, mapping)
    except (DataError, ArgumentError):
        return False
    return any(_readable(row, family) for row in mapped.rows())


def _readable(row: RawRow, family: Family) -> bool:
    try:
        family.parse(row.fields)
    except DataError:
        return False
    return True


def _check(given: Mapping[str, str], raw: RawData, family: Family) -> None:
    known = (family.input_columns[0], family.target_columns[0], *EXTRA_COLUMNS)
    for name, column in given.items():
        if name not in known:
            raise ArgumentError(
                f"--map: {family.kind.value} has no column {name!r}",
                hint=f"one of {', '.join(known)}",
            )
        if column not in raw.columns:
            raise ArgumentError(
                f"--map {name}={column}: there is no column {column!r} in {raw.source}",
                hint=f"columns found: {', '.join(raw.columns)}",
            )


def _found(raw: RawData, names: Sequence[str], taken: Mapping[str, str]) -> str:
    wanted = names[0]
    if wanted in raw.columns:
        return wanted
    there = [column for column in raw.columns if column not in taken.values()]
    alike = [column for column in there if column.strip().casefold() in names]
    if len(alike) == 1:
        return alike[0]
    if alike:
        message = f"several columns could be {wanted!r}: {', '.join(alike)}"
        raise _refused(raw, message, f"choose with --map {wanted}=COLUMN")
    raise _missing(raw, names, there)


def _missing(raw: RawData, names: Sequence[str], there: Sequence[str]) -> DataError:
    """No such column. Where the right answers of another kind stand, the way out is that kind."""
    wanted, way = names[0], f"name it with --map {names[0]}=COLUMN"
    targets = {family.target_columns[0]: family.kind for family in families()}
    other = next((name for name in targets if name in there), None)
    if wanted in targets and other:
        message = f"{other} where {wanted} belongs: there is {other!r} but no {wanted!r}"
        return _refused(raw, message, f"use --kind {targets[other].value}, or {way}")
    return _refused(raw, f"no column {wanted!r}", f"{way}, or choose another --kind")


def _refused(raw: RawData, message: str, way: str) -> DataError:
    hint = f"{way}; columns found: {', '.join(raw.columns)}"
    return DataError(message, file=raw.source, hint=hint)


def _renamed(row: RawRow, shown: Mapping[str, str]) -> dict[str, object]:
    """The row with mapped columns under their new names, and all others that are not in the way.

    A column may be mapped under two names.
    """
    fields = {name: row.fields[column] for name, column in shown.items() if column in row.fields}
    rest = {
        column: value
        for column, value in row.fields.items()
        if column not in shown and column not in shown.values()
    }
    return fields | rest
