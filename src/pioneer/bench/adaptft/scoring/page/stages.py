"""Score by stage: a line for each arm, from the version that all of them start from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pioneer.bench.adaptft.scoring.headlines import scored
from pioneer.bench.adaptft.scoring.marks import ORDER
from pioneer.report.numbers import bare, percent
from pioneer.report.plots.labels import spread
from pioneer.report.plots.scale import Scale, around, ticks
from pioneer.report.plots.svg import element, fit, line, path, picture, text, titled
from pioneer.report.record import Interval

WIDTH, LEAST_HEIGHT = 760.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 220.0, 12.0, 38.0
_APART, _GAP = 5.0, 14.0
"""Between whiskers of one stage, between names."""


@dataclass(frozen=True, slots=True)
class Point:
    stage: int
    value: float
    ci95: Interval | None
    told: str


@dataclass(frozen=True, slots=True)
class Series:
    arm: str
    points: tuple[Point, ...]

    @property
    def last(self) -> float:
        return self.points[-1].value


def by_stage(
    name: str, stages: Sequence[float], arms: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Markup:
    """`arms` as in the document of a scenario."""
    found = [series(arm, some) for arm, some in arms.items()]
    x = Scale(-0.15, len(stages) + 0.15, LEFT, WIDTH - RIGHT)
    values = [value for one in found for point in one.points for value in _reach(point)]
    height = max(LEAST_HEIGHT, TOP + len(found) * _GAP + BOTTOM)
    y = Scale(*around(values), height - BOTTOM, TOP)
    middle = (len(found) - 1) / 2
    return picture(
        name,
        "Score by stage and arm",
        "; ".join(f"{one.arm}: {', '.join(percent(p.value) for p in one.points)}" for one in found),
        (WIDTH, height),
        _axes(x, y, stages),
        *(_line(one, x, y, (at - middle) * _APART) for at, one in enumerate(found)),
        _names(found, x, y),
    )


def series(arm: str, stages: Sequence[Mapping[str, Any]]) -> Series:
    """With the version that serves before the first stage, of the same seeds, as point 0."""
    first = stages[0]["value"] - stages[0]["against_noop"]["value"]
    points = [Point(0, first, None, f"the first version: {percent(first)}")]
    for number, one in enumerate(stages, start=1):
        low, high = one["ci95"]
        told = f"{arm} after stage {number}: {scored(one)}"
        points.append(Point(number, one["value"], (low, high), told))
    return Series(arm, tuple(points))


def _reach(point: Point) -> tuple[float, ...]:
    return (point.value, *(point.ci95 or ()))


def _axes(x: Scale, y: Scale, stages: Sequence[float]) -> Markup:
    drawn = []
    for value in ticks(y.low, y.high):
        drawn.append(line(x.start, y(value), x.end, y(value), "grid"))
        drawn.append(
            text(bare(value, 0 if y.high - y.low > 0.04 else 1), LEFT - 6, y(value) + 4, "tick end")
        )
    for at, shown in enumerate(("start", *(percent(share, 0) for share in stages))):
        drawn.append(text(shown, x(at), y.start + 16, "tick middle"))
    drawn.append(
        text(
            "poison in the stage’s log", (x.start + x.end) / 2, y.start + BOTTOM - 4, "unit middle"
        )
    )
    return element("g", line(x.start, y.start, x.end, y.start, "axis"), *drawn)


def _line(one: Series, x: Scale, y: Scale, aside: float) -> Markup:
    places = [(x(point.stage) + (aside if point.stage else 0.0), point) for point in one.points]
    marks = [path([(at, y(point.value)) for at, point in places], "course")]
    for at, point in places:
        if point.ci95 is not None:
            low, high = point.ci95
            whisker = line(at, y(low), at, y(high), "reach")
            dot = element("circle", cx=at, cy=y(point.value), r=2.6, class_="stop")
            marks.append(titled(point.told, whisker, dot))
    return element("g", *marks, class_=f"arm {tone(one.arm)}")


def tone(arm: str) -> str:
    """CSS class; foreign arms share one."""
    return f"arm-{arm}" if arm in ORDER else "arm-foreign"


def _names(found: Sequence[Series], x: Scale, y: Scale) -> Markup:
    """At the right end, each joined to the end of its line."""
    ordered = sorted(found, key=lambda one: -one.last)
    wanted = [y(one.last) for one in ordered]
    end = x(found[0].points[-1].stage) + (len(found) + 1) / 2 * _APART
    left = WIDTH - RIGHT + 26
    drawn = []
    for one, from_, height in zip(ordered, wanted, spread(wanted, _GAP, TOP, y.start), strict=True):
        shown = f"{fit(one.arm, WIDTH - left - 34)} {bare(one.last)}"
        leader = path([(end, from_), (left - 10, height), (left - 4, height)], "leader")
        told = titled(
            f"{one.arm}: {percent(one.last)}", leader, text(shown, left, height + 4, "name")
        )
        drawn.append(element("g", told, class_=f"arm {tone(one.arm)}"))
    return element("g", *drawn)
