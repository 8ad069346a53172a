"""Results as a person reads them in a terminal.

No value is ever cut, for ids and paths are there to be copied. A table that is wider than the
terminal becomes a list of facts.
"""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

_LEAST = 30
"""Characters that a column must have left for text to be continued in it."""

_TIME = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\+00:00$")

Facts: TypeAlias = Mapping[str, Any]


def print_rows(rows: Sequence[Facts], empty: str) -> None:
    """A line for each row; columns from the first row."""
    for line in _rows(rows, "") or [empty]:
        print(line)


def print_facts(facts: Facts) -> None:
    """A line for each fact; what is nested is indented."""
    for line in _facts(facts, ""):
        print(line)


def _facts(facts: Facts, indent: str) -> list[str]:
    width = max((len(name) for name in facts), default=0)
    lines = []
    for name, value in facts.items():
        if isinstance(value, Mapping) and _are_rows(list(value.values())):
            named = [{"": key, **inner} for key, inner in value.items()]
            lines += [f"{indent}{name}:", *_rows(named, indent + "  ")]
        elif isinstance(value, Mapping) and value:
            lines += [f"{indent}{name}:", *_facts(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines += [f"{indent}{name}:", *_rows(value, indent + "  ")]
        else:
            lines += _wrapped(f"{indent}{name:<{width}}  ", _plain(value))
    return lines


def _are_rows(values: Sequence[Any]) -> bool:
    """Whether these are mappings with the same keys and nothing nested inside."""
    if not values or not all(isinstance(value, Mapping) and value for value in values):
        return False
    flat = not any(isinstance(inner, Mapping) for value in values for inner in value.values())
    return flat and len({tuple(value) for value in values}) == 1


def _rows(rows: Sequence[Facts], indent: str) -> list[str]:
    """A table if it fits, with the last column continued below itself; else a block each."""
    if not rows:
        return []
    table = [list(rows[0]), *([_plain(value) for value in row.values()] for row in rows)]
    *widths, last = [max(map(len, column)) for column in zip(*table, strict=True)]
    room = _columns() - len(indent) - sum(widths) - 2 * len(widths)
    if last > room < _LEAST:
        return _blocks(rows, indent)
    lines = []
    for *cells, end in table:
        padded = (cell.ljust(width) + "  " for cell, width in zip(cells, widths, strict=True))
        lines += _wrapped(indent + "".join(padded), end)
    return lines


def _blocks(rows: Sequence[Facts], indent: str) -> list[str]:
    lines = []
    for row in rows:
        (head, first), *rest = row.items()
        lines.append(f"{indent}{head} {_plain(first)}".rstrip())
        lines += _facts(dict(rest), indent + "  ")
    return lines


def _wrapped(start: str, text: str) -> list[str]:
    """The text after its start, continued below itself; words stay whole."""
    room = _columns() - len(start)
    if room < _LEAST or len(text) <= room:
        return [(start + text).rstrip()]
    parts = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    return [start + parts[0], *(" " * len(start) + part for part in parts[1:])]


def _columns() -> int:
    """Of the terminal; no limit where nobody looks."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize


def _plain(value: Any) -> str:
    """A value on one line."""
    if value is None or value in ({}, [], ()):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    short = r"\1 \2" if sys.stdout.isatty() else r"\g<0>"
    return visible(_TIME.sub(short, str(value)))


def visible(text: str) -> str:
    """One line; control characters are shown as what they are, and so do nothing."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
