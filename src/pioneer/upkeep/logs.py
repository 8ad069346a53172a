"""What the commands `traces ...` do, on an open workspace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection

from pioneer.errors import ArgumentError, DataError
from pioneer.events import Listener
from pioneer.families import family
from pioneer.judges.agreement import agreements
from pioneer.records import Ruling
from pioneer.registry import versions
from pioneer.registry.audits import dated
from pioneer.store.workspace import Workspace
from pioneer.traces import exporting, importing, reading, review
from pioneer.traces.files import look_into
from pioneer.traces.formats import check_name
from pioneer.traces.records import Record
from pioneer.traces.rows import RowReader, row_reader


def import_logs(
    workspace: Workspace,
    paths: Sequence[Path],
    model: str,
    options: Mapping[str, Any],
    listen: Listener,
) -> dict[str, Any]:
    """Read logs as traces of a model: all of them, or none where one is refused.

    `options` are `form`, `score`, `redact` and `skip_broken` of `importing.Settings`. Raises
    RegistryError for an unknown model, DataError for what cannot be read.
    """
    with workspace.engine.begin() as connection:
        return import_into(connection, model, paths, listen, options)


def import_into(
    connection: Connection,
    model: str,
    paths: Sequence[Path],
    listen: Listener,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """As `import_logs`, inside the caller's transaction."""
    check_name(options.get("form"))
    if not paths:
        raise ArgumentError("no file to import", hint="name files or folders")
    name, reader, version = _model(connection, model)
    settings = importing.Settings(name, reader, version, **options)
    files = importing.import_paths(connection, paths, settings, listen)
    if not any(one.rows for one in files):
        raise DataError("no trace was found", file=str(paths[0]), hint=_why_none(files))
    return {"model": name} | importing.totals(files) | {"files": [asdict(one) for one in files]}


def list_traces(
    workspace: Workspace, model: str, *, limit: int, ruling: str | None
) -> dict[str, Any]:
    """Counts, imports, how far the judges agree with the humans, and the newest traces."""
    if limit < 0:
        raise ArgumentError(f"--limit must not be negative, but is {limit}")
    wanted = None if ruling is None else _ruling(ruling)
    with workspace.engine.connect() as connection:
        name, _, _ = _model(connection, model)
        counts = reading.count(connection, name)
        return {
            "model": name,
            "total": counts.total,
            "verdicts": dict(counts.rulings),
            "judges": [asdict(one) for one in agreements(reading.judged(connection, name))],
            "imports": reading.imports(connection, name),
            "traces": [
                exporting.shown_row(trace)
                for trace in reading.newest(connection, name, limit, wanted)
            ],
        }


def questions(workspace: Workspace, model: str, limit: int) -> dict[str, Any]:
    """What a human is asked first: what production cycles could not settle, then what is wrong but
    lacks its right answer, then what nobody has judged, of which calls like corrected ones come
    first."""
    with workspace.engine.connect() as connection:
        name, _, _ = _model(connection, model)
        doubted = doubtful(workspace, connection, name)
        order = review.doubtful_first(doubted, similar(workspace, connection, name))
        asked = order(connection, name, limit)
    rows = [exporting.trace_row(one.trace) | {"why": one.why} for one in asked]
    return {"model": name, "questions": rows}


def doubtful(workspace: Workspace, connection: Connection, name: str) -> dict[str, float]:
    """The traces that cycles asked about, in their order, and when they first did."""
    found: dict[str, float] = {}
    for at, audit in dated(connection, name):
        ids = workspace.artifacts.get_json(audit.asked) if audit.asked else []
        for trace in ids:
            found.setdefault(trace, at)
    return found


def similar(workspace: Workspace, connection: Connection, name: str) -> list[str]:
    """The unjudged traces that the last cycle had a correction for, but not sure enough."""
    cycles = [audit.similar for _, audit in dated(connection, name)]
    last = cycles[-1] if cycles else None
    return list(workspace.artifacts.get_json(last)) if last else []


def answer(
    workspace: Workspace, model: str, answers: Sequence[str], files: Sequence[Path], judge: str
) -> dict[str, Any]:
    """Record answers, given as ID=LABEL or in files; all of them, or none where one is refused."""
    with workspace.engine.begin() as connection:
        name, reader, _ = _model(connection, model)
        given = [review.parse_answer(connection, name, one) for one in answers]
        for file in files:
            given += _answers(file)
        done = review.answer(connection, name, given, reader, judge)
    return {"model": name} | asdict(done)


def export_lines(workspace: Workspace, model: str, *, history: bool) -> Iterator[str]:
    """All traces of a model as JSON lines."""
    with workspace.engine.connect() as connection:
        name, _, _ = _model(connection, model)
        yield from exporting.lines(connection, name, history=history)


def _answers(file: Path) -> Iterator[review.Answer]:
    for item in look_into(file).records():
        if not isinstance(item, Record):
            raise DataError(item.reason, file=str(file), row=item.row)
        try:
            yield review.answer_of(item.fields)
        except DataError as error:
            raise DataError(error.message, file=str(file), row=item.row) from error


def _model(connection: Connection, model: str) -> tuple[str, RowReader, str | None]:
    """Name, reader of its rows, and the version where one was named.

    Traces belong to a name: of a name without a number the newest version's task is taken where
    none is served.
    """
    name, at, _ = model.partition("@")
    known = versions.all_versions(connection, name)
    served = versions.promoted(connection, name) if known and not at else None
    found = served or (known[-1] if known and not at else versions.find(connection, model))
    task = found.card.task
    return name, row_reader(family(task.kind), task), found.label if at else None


def _why_none(files: Sequence[importing.FileCounts]) -> str:
    reasons = {reason: count for one in files for reason, count in one.skipped.items()}
    if reasons:
        return "; ".join(f"{count} x {reason}" for reason, count in reasons.items())
    return "every row was broken or unfinished"


def _ruling(text: str) -> Ruling:
    try:
        return Ruling(text)
    except ValueError as error:
        known = ", ".join(Ruling)
        raise ArgumentError(f"--verdict is one of {known}, but got {text!r}") from error
