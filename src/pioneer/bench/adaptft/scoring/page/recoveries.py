"""Recovery as bars from zero, either way, with intervals: 0 is no-op, 100 % is the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pioneer.report.numbers import bare, percent
from pioneer.report.plots.bars import ROW, WIDTH
from pioneer.report.plots.scale import Scale, ticks
from pioneer.report.plots.svg import element, fit, line, picture, text, text_width, titled
from pioneer.report.record import Interval

_NAMES, _AXIS = 168.0, 40.0
"""The widest that the names may be, the height of the axis."""


@dataclass(frozen=True, slots=True)
class Recovered:
    name: str
    value: float
    ci95: Interval | None
    told: str
    tone: str
    """CSS class: bar | bar-quiet."""


def recoveries(name: str, rows: Sequence[Recovered]) -> Markup:
    bottom = len(rows) * ROW
    x = recovery_scale(rows)
    return picture(
        name,
        "Recovery",
        "; ".join(f"{row.name}: {row.told}" for row in rows),
        (WIDTH, bottom + _AXIS),
        _axis(x, bottom),
        *(_row(row, (at + 0.5) * ROW, x) for at, row in enumerate(rows)),
    )


def recovery_scale(rows: Sequence[Recovered]) -> Scale:
    """Wide enough for no-op, the oracle and every interval."""
    ends = [end for row in rows for end in (row.value, *(row.ci95 or ()))]
    names = min(_NAMES, max(text_width(row.name) for row in rows))
    values = max(text_width(percent(row.value), 13) for row in rows)
    return Scale(min(0.0, *ends), max(1.0, *ends), names + 12, WIDTH - values - 12)


def _axis(x: Scale, bottom: float) -> Markup:
    marks = []
    for value in ticks(x.low, x.high, 4):
        marks.append(line(x(value), 0, x(value), bottom + 3, "grid"))
        marks.append(text(bare(value, 0), x(value), bottom + 17, "tick middle"))
    for value, what in ((0.0, "no-op"), (1.0, "oracle")):
        marks.append(line(x(value), 0, x(value), bottom + 3, "baseline"))
        marks.append(text(what, x(value), bottom + 32, "baseline-name middle"))
    return element("g", *marks)


def _row(row: Recovered, middle: float, x: Scale) -> Markup:
    left, right = sorted((x(0.0), x(row.value)))
    box = element(
        "rect", x=left, y=middle - 6.5, width=right - left, height=13, rx=2, class_=row.tone
    )
    marks = [
        element("rect", x=0, y=middle - ROW / 2, width=WIDTH, height=ROW, class_="hover"),
        text(fit(row.name, _NAMES), x.start - 8, middle + 4, "name end"),
        box,
        text(percent(row.value), WIDTH, middle + 4, "value end"),
    ]
    if row.ci95 is not None:
        low, high = x(row.ci95[0]), x(row.ci95[1])
        marks.append(line(low, middle, high, middle, "whisker"))
        marks += [line(end, middle - 3, end, middle + 3, "whisker") for end in (low, high)]
    return titled(f"{row.name}: {row.told}", *marks)
