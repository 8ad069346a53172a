"""Write the report files of a run, each whole or not at all."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pioneer.errors import ReportError
from pioneer.records import Json, dump, load
from pioneer.report.card import model_card
from pioneer.report.cycle import KIND, CycleReport
from pioneer.report.page.render import page
from pioneer.report.record import RunReport


@dataclass(frozen=True, slots=True)
class ReportPaths:
    html: Path
    json: Path
    curation: Path
    card: Path


def write_reports(
    folder: Path, report: RunReport, touched: Iterable[Mapping[str, Json]] | None = None
) -> ReportPaths:
    """report.html, report.json, data-curation.md and model-card.md; `folder` is made if missing.

    `touched` are the lines of data-curation.jsonl; without them the file stays as it is. Earlier
    files are replaced. Raises ReportError where the folder cannot be written.
    """
    names = ("report.html", "report.json", "data-curation.md", "model-card.md")
    paths = ReportPaths(*(folder / name for name in names))
    with _report_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if touched is not None:
            _write(folder / "data-curation.jsonl", _lines(touched))
        _write(paths.curation, report.curation_markdown.encode("utf-8", "replace"))
        _write(paths.card, model_card(report).encode("utf-8", "replace"))
        _write(paths.json, _json(report))
        _write(paths.html, page(report).encode("utf-8", "replace"))
    return paths


def write_cycle(
    folder: Path, report: CycleReport, touched: Iterable[Mapping[str, Json]] | None = None
) -> Path:
    """report.html (returned), report.json and, with `touched`, data-curation.jsonl. Raises
    ReportError where the folder cannot be written."""
    with _report_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if touched is not None:
            _write(folder / "data-curation.jsonl", _lines(touched))
        _write(folder / "report.json", _json(report))
        _write(folder / "report.html", page(report).encode("utf-8", "replace"))
    return folder / "report.html"


def redraw(folder: Path) -> Path:
    """The page of a run, drawn again from report.json if it is missing."""
    file = folder / "report.html"
    if not file.exists():
        report = read_any(folder / "report.json")
        if isinstance(report, CycleReport):
            write_cycle(folder, report)
        else:
            write_reports(folder, report)
    return file


def read_report(file: Path) -> RunReport:
    """The record of a cold start in its report.json. Raises ReportError where it is missing or not
    one of ours."""
    found = read_any(file)
    if isinstance(found, CycleReport):
        raise ReportError("this is the report of a production cycle", file=str(file))
    return found


def read_any(file: Path) -> RunReport | CycleReport:
    """The record in a report.json, of a cold start or of a cycle. Raises as `read_report`."""
    with _report_errors(file):
        content = file.read_bytes()
    try:
        found = json.loads(content)
        if isinstance(found, dict) and found.get("kind") == KIND:
            return load(CycleReport, found)
        return load(RunReport, found)
    except ValueError as error:
        raise ReportError(
            "this is not a report of this version", file=str(file), hint="make it anew from the run"
        ) from error


def _lines(rows: Iterable[Mapping[str, Json]]) -> bytes:
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return "".join(lines).encode("utf-8", "replace")


def _json(report: RunReport | CycleReport) -> bytes:
    """JSON that every parser reads; lone surrogates are escaped."""
    text = json.dumps(_finite(dump(report)), ensure_ascii=False, indent=1, allow_nan=False)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _finite(value: Json) -> Json:
    """JSON knows neither NaN nor infinity: they become strings, which `load` reads as floats."""
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _write(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _report_errors(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReportError(
            f"report cannot be read or written: {error.strerror or error}",
            file=str(where),
            hint="check the folder's permissions and the free space on the disk",
        ) from error
