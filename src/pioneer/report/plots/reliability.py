"""Is a confidence of 80 % right 80 % of the time? Before and after calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from pioneer.report.numbers import bare, percent, plural
from pioneer.report.plots.scale import Scale
from pioneer.report.plots.svg import element, line, path, picture, text, titled
from pioneer.report.record import Bin, Calibration

WIDTH, HEIGHT = 500.0, 310.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 90.0, 12.0, 40.0
_BIGGEST = 11.0


def reliability(calibration: Calibration) -> Markup:
    """A dot per bin, its area by the number of rows; on the diagonal confidence is honest."""
    x = Scale(0, 1, _LEFT, WIDTH - _RIGHT)
    y = Scale(0, 1, HEIGHT - _BOTTOM, _TOP)
    before, after = filled(calibration.before), filled(calibration.after)
    most = max((entry.n for entry in [*before, *after]), default=1)
    return picture(
        "plot-reliability",
        "Confidence against the share that is right",
        f"{_told('before', before)}; {_told('after', after)}",
        (WIDTH, HEIGHT),
        _axes(x, y),
        line(x(0), y(0), x(1), y(1), "baseline"),
        _series("before", before, most, x, y),
        _series("after", after, most, x, y),
        _legend(bool(before), bool(after)),
    )


def filled(bins: Sequence[Bin]) -> list[Bin]:
    return [entry for entry in bins if entry.n > 0]


def _axes(x: Scale, y: Scale) -> Markup:
    drawn = []
    for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        drawn.append(line(x.start, y(value), x.end, y(value), "grid"))
        drawn.append(line(x(value), y.start, x(value), y.end, "grid"))
        drawn.append(text(bare(value, 0), x.start - 6, y(value) + 4, "tick end"))
        drawn.append(text(bare(value, 0), x(value), y.start + 16, "tick middle"))
    middle = (y.start + y.end) / 2
    turn = f"rotate(-90 22 {middle:.1f})"
    drawn.append(text("right, %", 22, middle, "unit middle", transform=turn))
    drawn.append(text("confidence, %", (x.start + x.end) / 2, HEIGHT - 5, "unit middle"))
    return element("g", *drawn)


def _series(name: str, bins: Sequence[Bin], most: int, x: Scale, y: Scale) -> Markup:
    if not bins:
        return Markup("")
    points = [(x(entry.confidence), y(entry.accuracy)) for entry in bins]
    dots = [
        titled(
            f"{name}: confidence {percent(entry.confidence)}, right {percent(entry.accuracy)}, "
            f"{plural(entry.n, 'row')}",
            element(
                "circle",
                cx=at,
                cy=height,
                r=max(2.5, _BIGGEST * math.sqrt(entry.n / most)),
                class_=f"bin-{name}",
            ),
        )
        for entry, (at, height) in zip(bins, points, strict=True)
    ]
    return element("g", path(points, f"line-{name}"), *dots, class_=name)


def _legend(before: bool, after: bool) -> Markup:
    left, marks = WIDTH - _RIGHT + 20, []
    for index, name in enumerate([n for n, some in (("before", before), ("after", after)) if some]):
        y = _TOP + 10 + 20 * index
        marks.append(element("circle", cx=left, cy=y, r=5, class_=f"bin-{name}"))
        marks.append(text(name, left + 11, y + 4, "tick"))
    return element("g", *marks)


def _told(name: str, bins: Sequence[Bin]) -> str:
    told = ", ".join(f"{percent(b.confidence)} is right {percent(b.accuracy)}" for b in bins)
    return f"{name}: {told or 'none'}"
