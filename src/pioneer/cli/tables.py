"""Results as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def print_rows(rows: Sequence[Mapping[str, Any]], empty: str) -> None:
    """A table with one line per row; columns from the first row. No value is ever cut, for ids and
    paths are there to be copied."""
    if not rows:
        print(empty)
        return
    table = [list(rows[0]), *([_plain(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        print("  ".join(padded).rstrip())


def print_facts(facts: Mapping[str, Any]) -> None:
    """One line per fact; what is nested is indented."""
    for line in _lines(facts, ""):
        print(line)


def _lines(facts: Mapping[str, Any], indent: str) -> list[str]:
    width = max((len(name) for name in facts), default=0)
    lines = []
    for name, value in facts.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{indent}{name}:", *_lines(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines.append(f"{indent}{name}:")
            lines += [
                indent + "  - " + ", ".join(f"{k}: {_plain(v)}" for k, v in item.items())
                for item in value
            ]
        else:
            lines.append(f"{indent}{name:<{width}}  {_plain(value)}")
    return lines


def _plain(value: Any) -> str:
    """A value on one line."""
    if value is None or value in ({}, [], ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return visible(str(value))


def visible(text: str) -> str:
    """One line; control characters are shown as what they are, and so do nothing."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
