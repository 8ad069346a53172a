"""Markdown in which the texts of others stay text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pioneer.report.plots.svg import clean

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def plain(content: str) -> str:
    """One line of text without any markup of its own."""
    return _SPECIAL.sub(r"\\\1", _line(content))


def code(content: str) -> str:
    """An inline code span, fenced longer than any run of backticks within."""
    shown = _line(content)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{shown}{space}{fence}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; cells are escaped."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(plain(cell) for cell in row)} |"


def _line(content: str) -> str:
    return " ".join(clean(content).split())
