"""A report as one HTML page that needs nothing else: no network, no script, no other file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pioneer.diagnosis.findings import Diagnosis
from pioneer.report import numbers, views
from pioneer.report.cycle import CycleReport
from pioneer.report.page.figures import confusion_bars, cycle_figures, figures
from pioneer.report.plots.svg import clean
from pioneer.report.record import RunReport

_FOLDER = Path(__file__).parent

_FILTERS: dict[str, Callable[..., str]] = {
    "percent": numbers.percent,
    "bare": numbers.bare,
    "interval": numbers.interval,
    "points": numbers.points,
    "points_interval": numbers.points_interval,
    "count": numbers.count,
    "plural": numbers.plural,
    "duration": numbers.duration,
    "memory": numbers.memory,
    "p_value": numbers.p_value,
    "metric": numbers.metric,
    "moment": numbers.moment,
    "sentence": numbers.sentence,
    "setting": numbers.setting,
    "last_part": numbers.last_part,
}


def page(report: RunReport | CycleReport) -> str:
    """HTML text. Every value is escaped; a policy in the head forbids scripts and loads besides."""
    cycle = isinstance(report, CycleReport)
    template = environment().get_template("cycle.html.j2" if cycle else "report.html.j2")
    return template.render(
        r=report,
        figures=cycle_figures(report) if isinstance(report, CycleReport) else figures(report),
        views=views,
        style=style(),
    )


def diagnosis_page(found: Diagnosis) -> str:
    """The page of a diagnosis; as safe as `page`."""
    return (
        environment()
        .get_template("diagnosis.html.j2")
        .render(d=found, confusions=confusion_bars(found), style=style())
    )


def style(*more: Path) -> Markup:
    """The style of all pages, and of files of our own."""
    files = (_FOLDER / "style.css", *more)
    return Markup("\n".join(file.read_text("utf-8") for file in files))  # noqa: S704 our own files


@cache
def environment(*more: Path) -> Environment:
    """For the templates of this folder and of others: everything is escaped."""
    found = Environment(
        loader=FileSystemLoader((*more, _FOLDER)),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(_FILTERS)
    return found


def _finalize(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value
