"""Heat map of the labels that are confused most: the answer given against the right one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pioneer.report.numbers import percent, plural
from pioneer.report.plots.svg import element, fit, picture, text, titled
from pioneer.report.record import Cell
from pioneer.report.views import worst_pairs

STEPS = (0.05, 0.10, 0.20)
"""Shares of a label's rows at which a mistake is drawn stronger: classes e1..e4 of style.css."""
OTHER = "another label"
ABSTAINED = "no answer"
_LABEL, _HEAD, _WIDTH, _MAX_CELL, _SLANT = 140.0, 104.0, 500.0, 34.0, 62.0


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts of the worst labels. `columns` = rows, then OTHER and ABSTAINED where they occur."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def share(self, row: int, column: int) -> float:
        total = sum(self.counts[row])
        return self.counts[row][column] / total if total else 0.0


def worst_matrix(cells: Sequence[Cell], limit: int = 10) -> Matrix:
    """The labels of the most frequent mistakes; each row sums to the rows of that label.

    A label stands in once; `limit` labels at most. Empty where nothing was confused.
    """
    chosen: dict[str, None] = {}
    for pair in worst_pairs(cells, len(cells)):
        wanted = [pair.target] if pair.output is None else [pair.target, pair.output]
        new = [label for label in wanted if label not in chosen]
        if len(chosen) + len(new) <= limit:
            chosen.update(dict.fromkeys(new))
    rows = tuple(chosen)
    counts: Counter[tuple[str, int]] = Counter()
    place = {label: index for index, label in enumerate(rows)}
    other, abstained = len(rows), len(rows) + 1
    for cell in cells:
        column = abstained if cell.output is None else place.get(cell.output, other)
        counts[cell.target, column] += cell.count
    kept = [*range(len(rows))]
    kept += [column for column in (other, abstained) if any(counts[row, column] for row in rows)]
    names = (*rows, OTHER, ABSTAINED)
    return Matrix(
        rows,
        tuple(names[column] for column in kept),
        tuple(tuple(counts[row, column] for column in kept) for row in rows),
    )


def heat_map(matrix: Matrix) -> Markup:
    """Mistakes shaded by their share of the row's label, the diagonal left pale."""
    size = min(_MAX_CELL, (_WIDTH - _LABEL - 8 - _SLANT) / max(1, len(matrix.columns)))
    squares = [
        _square(matrix, row, column, size)
        for row in range(len(matrix.rows))
        for column in range(len(matrix.columns))
    ]
    rows = [
        text(fit(label, _LABEL), _LABEL, _HEAD + (index + 0.5) * size + 4, "name end")
        for index, label in enumerate(matrix.rows)
    ]
    heads = [
        _head(label, _LABEL + 8 + (index + 0.5) * size)
        for index, label in enumerate(matrix.columns)
    ]
    return picture(
        "plot-confusion",
        "Answers given (columns) to rows of each label (rows)",
        _description(matrix),
        (_WIDTH, _HEAD + len(matrix.rows) * size + 4),
        element("g", *rows),
        element("g", *heads),
        element("g", *squares),
    )


def shade(share: float) -> str:
    """e0 for none, then e1..e4."""
    return f"e{1 + sum(share >= step for step in STEPS)}" if share > 0 else "e0"


def _square(matrix: Matrix, row: int, column: int, size: float) -> Markup:
    found = matrix.counts[row][column]
    right = matrix.rows[row] == matrix.columns[column] and column < len(matrix.rows)
    tone = "right" if right else shade(matrix.share(row, column))
    x, y = _LABEL + 8 + column * size, _HEAD + row * size
    box = element(
        "rect", x=x + 0.5, y=y + 0.5, width=size - 1, height=size - 1, rx=2, class_=f"cell {tone}"
    )
    total = sum(matrix.counts[row])
    hint = (
        f"{matrix.rows[row]} → {matrix.columns[column]}: {found} of {plural(total, 'row')} "
        f"({percent(matrix.share(row, column))})"
    )
    if not found:
        return titled(hint, box)
    label = text(str(found), x + size / 2, y + size / 2 + 4, f"cell-number on-{tone} middle")
    return titled(hint, box, label)


def _head(label: str, x: float) -> Markup:
    y = _HEAD - 6
    return text(fit(label, 128, 12), x, y, "name", transform=f"rotate(-50 {x:.1f} {y:.1f})")


def _description(matrix: Matrix) -> str:
    return "; ".join(
        f"{matrix.rows[row]} taken for {matrix.columns[column]}: {matrix.counts[row][column]}"
        for row in range(len(matrix.rows))
        for column in range(len(matrix.columns))
        if matrix.counts[row][column] and matrix.rows[row] != matrix.columns[column]
    )
