"""The search as a picture: a column per iteration, an edge from each parent to its child."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pioneer.records import Trial, TrialStatus
from pioneer.report.numbers import bare, interval, percent
from pioneer.report.plots.shapes import shape
from pioneer.report.plots.svg import element, line, number, picture, text, text_width, titled

SHADES = 7
"""Colours q1..q7 of style.css, from the worst finished score to the best."""
_COLUMNS, _ROW, _TOP, _LEFT, _RADIUS = (62.0, 104.0), 70.0, 44.0, 46.0, 16.0
_LANE, _LANE_GAP = 43.0, 4.0
"""How far below a row long edges run: between its scores and the next row."""
_MIN_WIDTH, _PAGE = 500.0, 940.0

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Look:
    shade: str
    """CSS class of the filling: q1..q7, or `empty` where there is no score."""
    winner: bool


def trial_graph(trials: Sequence[Trial], winner: int | None) -> Markup:
    """Failed trials are crossed, unfinished ones empty; hints tell the hypothesis and score."""
    places = layout(trials)
    shades = shades_of(trials)
    nodes = [
        _node(trial, places[trial.number], _Look(shades[trial.number], trial.number == winner))
        for trial in trials
    ]
    bottom = max((y for _, y in places.values()), default=_TOP) + 66
    right = max((x for x, _ in places.values()), default=0.0) + _LEFT
    legend, legend_width = _legend(trials, bottom)
    return picture(
        "plot-graph",
        "The trials and where each came from",
        "; ".join(_told(trial) for trial in trials),
        (max(_MIN_WIDTH, right, legend_width), bottom + 14),
        _headings(trials, places),
        _edges(trials, places, ancestry(trials, winner)),
        element("g", *nodes),
        legend,
    )


def layout(trials: Sequence[Trial]) -> dict[int, Place]:
    """Centres by trial number: x grows with the iteration; in a column, near the parents.

    Many columns stand closer, to fit the page for as long as they can be read.
    """
    columns: dict[int, list[Trial]] = defaultdict(list)
    for trial in trials:
        columns[trial.iteration].append(trial)
    width = min(max(_PAGE / max(1, len(columns)), _COLUMNS[0]), _COLUMNS[1])
    places: dict[int, Place] = {}
    for index, iteration in enumerate(sorted(columns)):
        ordered = sorted(columns[iteration], key=lambda t: (_height(t, places), t.number))
        for row, trial in enumerate(ordered):
            places[trial.number] = (_LEFT + index * width, _TOP + row * _ROW)
    return places


def ancestry(trials: Sequence[Trial], number: int | None) -> set[int]:
    """The trial and all that it descends from."""
    parents = {trial.number: trial.parents for trial in trials}
    found: set[int] = set()
    waiting = [] if number is None else [number]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(parents.get(current, ()))
    return found


def shades_of(trials: Sequence[Trial]) -> dict[int, str]:
    """A shade per trial number, darker for better; `empty` without a score."""
    values = {t.number: t.score.value for t in trials if t.score is not None}
    low, high = min(values.values(), default=0.0), max(values.values(), default=0.0)
    extent = high - low
    return {
        t.number: _shade((values[t.number] - low) / extent if extent > 0 else 1.0)
        if t.number in values
        else "empty"
        for t in trials
    }


def _shade(share: float) -> str:
    return f"q{1 + min(SHADES - 1, int(share * SHADES))}"


def _height(trial: Trial, places: Mapping[int, Place]) -> float:
    known = [places[parent][1] for parent in trial.parents if parent in places]
    return sum(known) / len(known) if known else float("inf")


def _edges(trials: Sequence[Trial], places: Mapping[int, Place], winners: Container[int]) -> Markup:
    """The winner's descent is drawn last, so that nothing hides it."""
    columns = sorted({x for x, _ in places.values()})
    width = columns[1] - columns[0] if len(columns) > 1 else 0.0
    drawn: dict[str, list[Markup]] = {"edge": [], "edge-winner": []}
    for trial in trials:
        class_ = "edge-winner" if trial.number in winners else "edge"
        for parent in trial.parents:
            if parent in places:
                route = _route(places[parent], places[trial.number], width, parent % 3 - 1)
                drawn[class_].append(element("path", d=route, class_=class_))
    return element("g", *drawn["edge"], *drawn["edge-winner"])


def _route(start: Place, end: Place, column: float, lane: int) -> str:
    """Past more than one column it runs between the rows, so that it crosses no other trial.

    There are three lanes side by side (-1, 0, 1): two edges in one would read as one edge.
    """
    if end[0] - start[0] <= 1.01 * column:
        return f"M{_at(start)} {_curve(start, end)}"
    height = start[1] + _LANE + _LANE_GAP * lane - (_ROW if end[1] < start[1] else 0.0)
    enter, leave = (start[0] + column / 2, height), (end[0] - column / 2, height)
    return f"M{_at(start)} {_curve(start, enter)} L{_at(leave)} {_curve(leave, end)}"


def _curve(start: Place, end: Place) -> str:
    """From `start`, where the pen is, to `end`; flat at both."""
    bend = (end[0] - start[0]) / 2
    return f"C{_at((start[0] + bend, start[1]))} {_at((end[0] - bend, end[1]))} {_at(end)}"


def _at(place: Place) -> str:
    return f"{number(place[0])} {number(place[1])}"


def _node(trial: Trial, place: Place, look: _Look) -> Markup:
    x, y = place
    marks = [shape(trial.operator, x, y, _RADIUS, f"node {look.shade}")]
    if look.winner:
        marks.append(shape(trial.operator, x, y, _RADIUS + 4, "ring"))
    marks.append(text(str(trial.number), x, y + 4.5, f"node-number on-{look.shade} middle"))
    if trial.status is TrialStatus.FAILED:
        marks += [line(x - 13, y - 13, x + 13, y + 13, "cross")]
        marks += [line(x - 13, y + 13, x + 13, y - 13, "cross")]
    below = bare(trial.score.value) if trial.score else trial.status.value
    marks.append(text(below, x, y + 32, f"{'winner-name' if look.winner else 'tick'} middle"))
    return titled(_told(trial), *marks, class_="mark trial")


def _told(trial: Trial) -> str:
    told = f"trial {trial.number}, {trial.operator}, {trial.recipe.strategy}"
    if trial.score is not None:
        told += f": {percent(trial.score.value)} ({interval(trial.score.ci95)})"
    else:
        told += f": {trial.error or trial.status.value}"
    parents = " and ".join(str(parent) for parent in trial.parents)
    return f"{told}. {'From ' + parents + '. ' if parents else ''}{trial.hypothesis}"


def _headings(trials: Sequence[Trial], places: Mapping[int, Place]) -> Markup:
    columns = {trial.iteration: places[trial.number][0] for trial in trials}
    return element(
        "g",
        *(
            text(f"round {iteration}", x, 12, "unit middle")
            for iteration, x in sorted(columns.items())
        ),
    )


def _legend(trials: Sequence[Trial], top: float) -> tuple[Markup, float]:
    """The operators in use, then the marks; and how wide that is."""
    x, marks = 10.0, []
    for operator in dict.fromkeys(trial.operator for trial in trials):
        marks.append(shape(operator, x, top, 7, "node empty"))
        marks.append(text(operator, x + 12, top + 4, "tick"))
        x += 34 + text_width(operator, 11.5)
    marks.append(element("circle", cx=x, cy=top, r=7, class_="ring"))
    marks.append(text("winner", x + 12, top + 4, "tick"))
    x += 34 + text_width("winner", 11.5)
    for shade in range(1, SHADES + 1):
        marks.append(element("rect", x=x, y=top - 6, width=12, height=12, class_=f"ramp q{shade}"))
        x += 12
    marks.append(text("worse to better", x + 6, top + 4, "tick"))
    return element("g", *marks), x + 12 + text_width("worse to better", 11.5)
