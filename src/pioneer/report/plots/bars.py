"""Horizontal bars, one a row, from zero; with an interval as a whisker where there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pioneer.report.plots.scale import Scale, ticks
from pioneer.report.plots.svg import element, fit, line, picture, text, text_width, titled
from pioneer.report.record import Interval

WIDTH = 500.0
ROW = 21.0
_LABEL, _AXIS = 168.0, 24.0
"""The widest that the names may be, the height of the axis."""


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    value: float
    shown: str
    """The value as text, at the right end."""
    hint: str
    ci95: Interval | None = None
    before: float | None = None
    """An earlier value, drawn pale behind the bar."""
    tone: str = "bar"
    """CSS class: bar | bar-quiet | bar-winner."""


@dataclass(frozen=True, slots=True)
class Axis:
    high: float
    show: Callable[[float], str]
    ticks: Sequence[float] | None = None


def bars(
    name: str, title: str, rows: Sequence[Bar], axis: Axis, names: float | None = None
) -> Markup:
    """The rows in the given order. `names`: width of the names; else what these rows need."""
    scale = value_scale(rows, axis, names or names_width(rows))
    bottom = len(rows) * ROW
    return picture(
        name,
        title,
        "; ".join(f"{bar.name}: {bar.shown}" for bar in rows),
        (WIDTH, bottom + _AXIS),
        _grid(scale, axis, bottom),
        *(_row(bar, index * ROW, scale) for index, bar in enumerate(rows)),
    )


def names_width(rows: Sequence[Bar]) -> float:
    return min(_LABEL, max((text_width(bar.name) for bar in rows), default=0.0))


def value_scale(rows: Sequence[Bar], axis: Axis, names: float) -> Scale:
    """From where the names end to where the widest value begins."""
    values = max((text_width(bar.shown, 13) for bar in rows), default=0.0)
    return Scale(0.0, axis.high, names + 8, WIDTH - values - 10)


def _grid(scale: Scale, axis: Axis, bottom: float) -> Markup:
    marks = []
    for value in axis.ticks if axis.ticks is not None else ticks(0, axis.high, 4):
        marks.append(line(scale(value), 0, scale(value), bottom + 3, "grid"))
        marks.append(text(axis.show(value), scale(value), bottom + 17, "tick middle"))
    return element("g", *marks)


def _row(bar: Bar, top: float, scale: Scale) -> Markup:
    middle = top + ROW / 2
    marks = [
        element("rect", x=0, y=top, width=WIDTH, height=ROW, class_="hover"),
        text(fit(bar.name, _LABEL), scale.start - 8, middle + 4, "name end"),
        _box(scale, bar.value, middle, 6.5, bar.tone),
        text(bar.shown, WIDTH, middle + 4, "value end"),
    ]
    if bar.before is not None:
        marks.insert(2, _box(scale, bar.before, middle, 6.5, "bar-before"))
    if bar.ci95 is not None:
        marks.append(_whisker(scale, bar.ci95, middle))
    return titled(bar.hint, *marks)


def _box(scale: Scale, value: float, middle: float, half: float, tone: str) -> Markup:
    return element(
        "rect",
        x=scale.start,
        y=middle - half,
        width=scale(value) - scale.start,
        height=2 * half,
        rx=2,
        class_=tone,
    )


def _whisker(scale: Scale, ci95: Interval, middle: float) -> Markup:
    low, high = scale(ci95[0]), scale(ci95[1])
    return element(
        "g",
        line(low, middle, high, middle, "whisker"),
        line(low, middle - 3, low, middle + 3, "whisker"),
        line(high, middle - 3, high, middle + 3, "whisker"),
        class_="interval",
    )
