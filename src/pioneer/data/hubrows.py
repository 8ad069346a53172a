"""From a data set as the `datasets` library gives it to raw rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pioneer.data.hubid import HubId
from pioneer.data.raw import RawData, RawRow, raw_data
from pioneer.errors import SourceError

_PARTS = {"train": "train", "test": "test", "validation": "validation", "training": "train"} | {
    "valid": "validation", "val": "validation", "dev": "validation", "testing": "test"
}  # fmt: skip


def raw_rows(read: HubId, loaded: Any) -> RawData:
    """The splits as parts. One split alone is unsplit rows, whatever it is called, unless 'train'.

    Splits of other names, and those whose labels are hidden, are not read but listed in `ignored`.
    """
    parts: dict[str, tuple[RawRow, ...]] = {}
    ignored: list[str] = []
    for split, table in loaded.items():
        part = _PARTS.get(split)
        if len(loaded) == 1 and part != "train":
            part = "all"
        rows = _rows(f"{read.short}/{split}", table) if part and part not in parts else ()
        if part and rows:
            parts[part] = rows
        else:
            ignored.append(split)
    for part in [part for part in parts if part != "train" and _hidden(parts[part], parts)]:
        del parts[part]
        ignored.append(part)
    if not parts:
        found = ", ".join(ignored) or "none"
        raise SourceError(
            f"{read.short} has no split with rows and labels; splits: {found}",
            hint="save the rows that you need as files and give them with --data PATH",
        )
    return raw_data(str(read), parts, ignored)


def _rows(name: str, table: Any) -> tuple[RawRow, ...]:
    """The rows, with labels as their names; without pictures and sound."""
    table = table.remove_columns([c for c, one in table.features.items() if _is_media(one)])
    named = {column: _names(one) for column, one in table.features.items()}
    return tuple(
        RawRow(name, at, {column: _label(value, named[column]) for column, value in row.items()})
        for at, row in enumerate(table, start=1)
    )


def _hidden(rows: Sequence[RawRow], parts: dict[str, tuple[RawRow, ...]]) -> bool:
    """Whether a column is blank (or -1) in every row, but not in the rows to learn from.

    That is how the hub's sets hide the right answers of a competition.
    """
    told = parts.get("train", ())
    return any(
        all(row.fields.get(column) in _BLANK for row in rows)
        and not any(row.fields.get(column) in _BLANK for row in told)
        for column in (told[0].fields if told else ())
    )


_BLANK: tuple[Any, ...] = (None, -1, "")


def _is_media(feature: Any) -> bool:
    return hasattr(getattr(feature, "feature", feature), "decode_example")


def _names(feature: Any) -> tuple[str, ...]:
    """The names of a ClassLabel, or of a list of them; else none."""
    inner = getattr(feature, "feature", feature)
    return tuple(getattr(inner, "names", None) or ())


def _label(value: Any, names: tuple[str, ...]) -> Any:
    if not names:
        return value
    if isinstance(value, list):
        return [_label(one, names) for one in value]
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else None
