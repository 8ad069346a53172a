"""Score against trials and against time: every trial, the best so far, the noise, the baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pioneer.records import Score, TrialStatus
from pioneer.report.numbers import bare, duration, interval, percent
from pioneer.report.plots.labels import spread
from pioneer.report.plots.scale import Scale, around, ticks, time_ticks
from pioneer.report.plots.svg import element, fit, line, path, picture, text, titled
from pioneer.report.record import SearchReport

WIDTH, HEIGHT = 500.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 128.0, 12.0, 38.0


@dataclass(frozen=True, slots=True)
class Point:
    """A finished trial (score) or one that failed (None), at `at` trials or seconds."""

    number: int
    at: float
    score: Score | None
    winner: bool = False


def score_by_trial(search: SearchReport) -> Markup:
    points = [
        Point(t.number, t.number, t.score, t.number == search.winner)
        for t in search.trials
        if t.score is not None or t.status is TrialStatus.FAILED
    ]
    last = max((point.at for point in points), default=0.0)
    x = Scale(-0.5, last + 0.5, LEFT, WIDTH - RIGHT)
    marks = [(tick, str(int(tick))) for tick in ticks(0, last, 6) if tick == int(tick)]
    return _progress("plot-trials", "Score by trial", search, points, x, marks, "trial")


def score_by_time(search: SearchReport) -> Markup:
    """Trials at the second in which they finished; those without a time are left out."""
    points = [
        Point(t.number, search.finished_at[t.number], t.score, t.number == search.winner)
        for t in search.trials
        if t.number in search.finished_at
        and (t.score is not None or t.status is TrialStatus.FAILED)
    ]
    last = max((point.at for point in points), default=0.0)
    x = Scale(0, 1.04 * last, LEFT, WIDTH - RIGHT)
    marks = [(tick, _round_duration(tick)) for tick in time_ticks(last)]
    return _progress("plot-time", "Score by time", search, points, x, marks, "time since the start")


def domain(search: SearchReport) -> tuple[float, float]:
    """Wide enough for every trial and the best baseline; worse baselines may fall below."""
    values = [t.score.value for t in search.trials if t.score is not None]
    values += [v for t in search.trials if t.score is not None for v in t.score.ci95]
    values += sorted(b.dev.value for b in search.baselines if b.dev is not None)[-1:]
    if search.target is not None:
        values.append(search.target)
    return around(values)


def best_so_far(points: Sequence[Point]) -> list[tuple[float, float]]:
    """(at, best score until then), in order of `at`; only where the best changes."""
    steps: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda p: (p.at, p.number)):
        if point.score is not None and (not steps or point.score.value > steps[-1][1]):
            steps.append((point.at, point.score.value))
    return steps


def _progress(
    name: str,
    title: str,
    search: SearchReport,
    points: Sequence[Point],
    x: Scale,
    marks: Sequence[tuple[float, str]],
    unit: str,
) -> Markup:
    y = Scale(*domain(search), HEIGHT - BOTTOM, TOP)
    steps = _steps(best_so_far(points), x)
    drawn = [
        _axes(x, y, marks, unit),
        _band(steps, search.noise.value if search.noise else 0.0, y),
        _references(search, y),
        path([(at, y(value)) for at, value in steps], "best") if steps else Markup(""),
        *(_point(point, x, y) for point in points),
    ]
    return picture(name, title, _description(points), (WIDTH, HEIGHT), *drawn)


def _steps(best: Sequence[tuple[float, float]], x: Scale) -> list[tuple[float, float]]:
    """Corners (pixel, score) of the step line, carried on to the right rim."""
    corners: list[tuple[float, float]] = []
    for at, value in best:
        if corners:
            corners.append((x(at), corners[-1][1]))
        corners.append((x(at), value))
    return [*corners, (x.end, corners[-1][1])] if corners else []


def _band(steps: Sequence[tuple[float, float]], noise: float, y: Scale) -> Markup:
    if not steps or noise <= 0:
        return Markup("")
    upper = [(at, y(value)) for at, value in steps]
    lower = [(at, y(value - noise)) for at, value in reversed(steps)]
    band = path(upper + lower, "band", closed=True)
    return titled(f"within the noise floor of {bare(noise)} points below the best", band)


def _axes(x: Scale, y: Scale, marks: Sequence[tuple[float, str]], unit: str) -> Markup:
    drawn = []
    for value in ticks(y.low, y.high):
        drawn.append(line(x.start, y(value), x.end, y(value), "grid"))
        drawn.append(text(bare(value, 0), LEFT - 6, y(value) + 4, "tick end"))
    for value, shown in marks:
        drawn.append(text(shown, x(value), HEIGHT - BOTTOM + 16, "tick middle"))
    drawn.append(text(unit, (x.start + x.end) / 2, HEIGHT - 4, "unit middle"))
    return element("g", line(x.start, y.start, x.end, y.start, "axis"), *drawn)


def _references(search: SearchReport, y: Scale) -> Markup:
    """Dashed lines for baselines and target, named at the right; arrows for what lies below."""
    named = [(b.name, b.dev.value, "baseline") for b in search.baselines if b.dev is not None]
    if search.target is not None:
        named.append(("target", search.target, "target"))
    named.sort(key=lambda entry: -entry[1])
    heights = spread([y(value) for _, value, _ in named], 14, TOP, HEIGHT - BOTTOM)
    drawn = []
    for (name, value, class_), height in zip(named, heights, strict=True):
        inside = y.holds(value)
        shown = f"{'' if inside else '↓ '}{fit(name, RIGHT - 54, 11)} {bare(value)}"
        marks = [text(shown, WIDTH - RIGHT + 6, height + 4, f"{class_}-name")]
        if inside:
            marks.insert(0, line(LEFT, y(value), WIDTH - RIGHT, y(value), class_))
        drawn.append(titled(f"{name}: {percent(value)}", *marks))
    return element("g", *drawn)


def _point(point: Point, x: Scale, y: Scale) -> Markup:
    at = x(point.at)
    if point.score is None:
        low = HEIGHT - BOTTOM - 8
        cross = [line(at - 4, low - 4, at + 4, low + 4, "cross")]
        cross.append(line(at - 4, low + 4, at + 4, low - 4, "cross"))
        return titled(f"trial {point.number}: failed", *cross)
    value, (low, high) = point.score.value, point.score.ci95
    hint = f"trial {point.number}: {percent(value)} ({interval(point.score.ci95)})"
    dot = element(
        "circle",
        cx=at,
        cy=y(value),
        r=6 if point.winner else 4,
        class_="dot-winner" if point.winner else "dot",
    )
    return titled(hint, line(at, y(low), at, y(high), "whisker-quiet"), dot)


def _description(points: Sequence[Point]) -> str:
    return "; ".join(
        f"trial {p.number}: {percent(p.score.value) if p.score else 'failed'}" for p in points
    )


def _round_duration(seconds: float) -> str:
    """`90 s` for ticks, but `5 min` without `00 s`, and `0`."""
    if seconds == 0:
        return "0"
    return duration(seconds).replace("\u00a0min 00\u00a0s", "\u00a0min")
