"""A diagnosis in the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pioneer.diagnosis.findings import Diagnosis
from pioneer.report.numbers import interval, percent, sentence
from pioneer.report.plots.svg import clean

_SHOWN = 8
_TELLING = 0.05
"""Corrected p from which a slice or a drift is worth a line."""


def diagnosis_table(found: Diagnosis) -> RenderableType:
    """Texts of others are shown as they are: no markup, no control characters."""
    counts = ", ".join(f"{name} {count:,}" for name, count in found.counts.items() if count)
    told = f"{percent(found.rate)} of the judged calls fail ({interval(found.ci95)})"
    if not found.counts.get("judged"):
        told = "no call was judged"
    head = Text.assemble((_plain(found.model), "bold"), f": {told}\n{counts}")
    parts: list[RenderableType] = [head]
    parts += [Text(_plain(sentence(note)), "yellow") for note in found.notes]
    parts += [Text(), _triage(found)]
    if found.confusions:
        parts += [Text(), _confusions(found)]
    if found.clusters:
        parts += [Text(), _clusters(found)]
    telling = [one for one in found.slices if one.p <= _TELLING]
    if telling:
        table = _table("fails more than the rest", "rows", "failing", "p")
        for one in telling[:_SHOWN]:
            table.add_row(_safe(one.name), str(one.rows), percent(one.rate), _p(one.p))
        parts += [Text(), table]
    parts += [Text(_plain(f"{one.what}: {one.sentence}")) for one in found.drift]
    return Group(*parts)


def _triage(found: Diagnosis) -> Table:
    table = _table("triage", "rows")
    for name, count in found.triage.items():
        table.add_row(name, f"{count:,}")
    for name, count in found.texts.items():
        table.add_row(f"text alone: {name}", f"{count:,}")
    for one in found.new_labels:
        table.add_row(_safe(f"names {one.label}, no label of the model"), f"{one.count:,}")
    return table


def _confusions(found: Diagnosis) -> Table:
    table = _table("answered", "right", "of failures")
    for one in found.confusions[:_SHOWN]:
        table.add_row(_safe(one.answered or "(no answer)"), _safe(one.right), percent(one.share))
    return table


def _clusters(found: Diagnosis) -> Table:
    table = _table("cluster", "confusion", "rows", "of failures", "errs in", "fixable")
    for one in found.clusters[:_SHOWN]:
        pair = f"{one.answered or '(several)'} for {one.right or '(several)'}"
        cells = (_safe(one.name), _safe(pair), str(one.size), percent(one.share))
        table.add_row(*cells, one.leaning.value, one.fixability.value)
    return table


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 3, 0, 0))
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _plain(content: str) -> str:
    return " ".join(clean(content).split())


def _safe(content: str) -> str:
    """One line; brackets mean nothing to the terminal's markup."""
    return escape(_plain(content))
