"""The page: it needs no network, no script and no other file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pioneer.bench.adaptft.scoring import headlines
from pioneer.bench.adaptft.scoring.page.figures import figures
from pioneer.report.page.render import environment, style

_OWN = Path(__file__).parent


def page(report: Mapping[str, Any]) -> str:
    """HTML text of what `scores.documents` found. Every value is escaped."""
    template = environment(_OWN).get_template("adaptft.html.j2")
    return template.render(
        r=report,
        figures=figures(report),
        columns=list(headlines.columns(report)),
        headlines=headlines.headlines(report),
        tell=headlines,
        style=style(_OWN / "adaptft.css"),
    )
