"""Diagnosis of a served version's log: reads, counts, samples, tells. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pioneer.data.groups import groups_of
from pioneer.data.rows import Manifest, examples_of
from pioneer.diagnosis.diagnose import diagnose as findings
from pioneer.diagnosis.findings import Diagnosis, Seen
from pioneer.diagnosis.records import LogRow
from pioneer.encoding.threads import processors
from pioneer.errors import DataError
from pioneer.events import Listener, Note, Progress
from pioneer.loop.traffic.embedder import embedder
from pioneer.loop.traffic.lines import lines
from pioneer.loop.traffic.log import need_labels, right_answer
from pioneer.loop.traffic.served import believed
from pioneer.loop.traffic.skim import Kind, Skim, skim
from pioneer.records import Example, Prediction, Ruling, Trace, load
from pioneer.registry.versions import find
from pioneer.serving.model import answers, load_version
from pioneer.store.workspace import Workspace
from pioneer.upkeep.logs import import_into


def diagnose(
    workspace: Workspace,
    model: str,
    paths: Sequence[Path],
    listen: Listener,
    skip_broken: bool = False,
) -> tuple[Diagnosis, Iterator[dict[str, Any]]]:
    """What is wrong with the served version's answers, and a line for each trace. Raises DataError
    without traces."""
    with workspace.engine.connect() as connection:
        version = find(connection, model)
        need_labels(version)
        try:
            if paths:
                options = {"skip_broken": skip_broken}
                import_into(connection, version.name, paths, listen, options)
            read = skim(connection, version, listen)
        finally:
            connection.rollback()
        learned = load(Manifest, workspace.artifacts.get_json(version.card.manifest))
        trusted = believed(examples_of(connection, learned))
    if not read.ids:
        raise DataError(
            f"there is no trace of {version.name}",
            hint="name a log with --traces, or `pioneer traces import` it",
        )
    drawn = _drawn(read)
    listen(Note(f"{len(drawn):,} of {len(read.ids):,} calls are looked at closely"))
    said = answers(load_version(workspace, version), [one.input for one, _, _ in drawn], listen)
    listen(Progress("diagnosis", 0.0))
    rows = _rows(drawn, said, trusted, version.card.task.labels)
    embed = embedder(version.card.recipe.base, workspace.cache, processors(), listen)
    counts = {**read.counts, "answered otherwise": _changed(drawn, rows)}
    seen = Seen(counts, dict(read.texts), read.proposals(), _notes(read))
    found, suspicions = findings(version.label, version.card.task, rows, trusted, embed, seen)
    listen(Progress("diagnosis", 1.0))
    return found, lines(suspicions, read, listen)


def _drawn(read: Skim) -> list[tuple[Trace, int, float]]:
    """The sample: traces, their places in the log, and how many calls each stands for."""
    parts = (read.failures, read.passes, read.unjudged)
    return [(trace, place, part.weight) for part in parts for place, trace in part.traces()]


def _rows(
    drawn: Sequence[tuple[Trace, int, float]],
    said: Sequence[Prediction],
    trusted: Sequence[Example],
    labels: Sequence[str],
) -> list[LogRow]:
    """The sample as diagnosis sees it, judged by what the version answers now."""
    named = [
        Example(f"trace {trace.id}", trace.input, "", trace.parent or "") for trace, _, _ in drawn
    ]
    groups = groups_of([*named, *(replace(row, id=f"row {row.id}", group="") for row in trusted)])
    timed = all(trace.time is not None for trace, _, _ in drawn)
    rows = []
    for (trace, place, weight), answer, row in zip(drawn, said, named, strict=True):
        right = right_answer(trace)
        output = None if answer.output is None else str(answer.output)
        rows.append(
            LogRow(
                id=trace.id,
                input=trace.input,
                group=groups[row.id],
                answered=output,
                confidence=answer.confidence,
                ruling=ruling_now(trace, output),
                right=right if right in labels else None,
                human=trace.verdict is not None and trace.verdict.human,
                time=trace.time if timed else float(place),
                metadata=_metadata(trace),
                weight=weight,
                ranked=answer.ranked[:3],
            )
        )
    return rows


def _changed(drawn: Sequence[tuple[Trace, int, float]], rows: Sequence[LogRow]) -> int:
    """Rows whose answer is not the logged one any more."""
    logged = (None if one.output is None else str(one.output) for one, _, _ in drawn)
    return sum(row.answered != said for row, said in zip(rows, logged, strict=True))


def _metadata(trace: Trace) -> Mapping[str, Any]:
    """Also the version that answered: a slice as others."""
    return trace.metadata if trace.model is None else {"version": trace.model, **trace.metadata}


def ruling_now(trace: Trace, answer: str | None) -> Ruling:
    """What the log says of another answer to the same call: nothing, where it only says that the
    logged one is wrong."""
    if trace.verdict is None or trace.verdict.ruling is Ruling.UNJUDGED:
        return Ruling.UNJUDGED
    right = right_answer(trace)
    if right is not None:
        return Ruling.PASS if answer == right else Ruling.FAIL
    logged = None if trace.output is None else str(trace.output)
    return Ruling.FAIL if answer == logged else Ruling.UNJUDGED


def _notes(read: Skim) -> tuple[str, ...]:
    notes = []
    parts = (("failures", read.failures), ("passes", read.passes), ("unjudged", read.unjudged))
    for name, part in parts:
        if part.seen > len(part.kept):
            told = f"of {part.seen:,} {name} a sample of {len(part.kept):,} is looked at closely"
            notes.append(f"{told}; its rows carry weights")
    if not read.counts["judged"]:
        notes.append("no trace has a verdict: `pioneer traces review` asks for some")
    if mute := read.counts[Kind.NO_ANSWER.value]:
        notes.append(
            f"{mute:,} failures do not say what is right: nothing can be learned from them"
        )
    return tuple(notes)
