"""Results as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def print_rows(rows: Sequence[Mapping[str, Any]], empty: str) -> None:
    """A table with one line per row; columns from the first row."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        print(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in rows[0]:
        table.add_column(name)
    for row in rows:
        table.add_row(*(Text(_plain(value)) for value in row.values()))
    Console(soft_wrap=True).print(table)


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
    """A value on one line; control characters of hostile text are made visible."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(value))
