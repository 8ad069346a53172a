"""Diagnosis of a served version's log: reads, counts, samples, tells. It changes nothing."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from pioneer.data.groups import groups_of
from pioneer.data.rows import Manifest, examples_of
from pioneer.diagnosis.diagnose import diagnose as findings
from pioneer.diagnosis.findings import Diagnosis
from pioneer.diagnosis.records import Decision, LogRow, Suspicion
from pioneer.diagnosis.texts import patterns
from pioneer.errors import DataError
from pioneer.events import Listener, Note, Progress
from pioneer.loop.traffic.embedder import embedder
from pioneer.loop.traffic.log import LONGEST, counted, right_answer
from pioneer.records import Example, Ruling, Trace, load
from pioneer.registry.versions import Version, find
from pioneer.serving.model import Model, answers, load_version, threads
from pioneer.store.workspace import Workspace
from pioneer.traces import reading
from pioneer.upkeep.logs import import_into

FAILURES_MOST, PASSES_MOST = 6000, 3000
"""Rows that everything with embeddings looks at; of more, a sample that carries weights."""
_SURE = 0.9


@dataclass(slots=True)
class _Sample:
    """The rows with the smallest hashes: the same rows whatever comes after."""

    most: int
    seen: int = 0
    kept: list[tuple[int, int, Trace]] = field(default_factory=list)

    def take(self, trace: Trace) -> None:
        self.seen += 1
        digest = hashlib.sha256(trace.id.encode("utf-8", "surrogatepass")).digest()
        entry = (-int.from_bytes(digest[:8], "big"), -self.seen, trace)
        if len(self.kept) < self.most:
            heapq.heappush(self.kept, entry)
        elif entry > self.kept[0]:
            heapq.heapreplace(self.kept, entry)

    @property
    def weight(self) -> float:
        return self.seen / len(self.kept) if self.kept else 1.0

    def traces(self) -> Iterator[Trace]:
        for _, _, trace in sorted(self.kept, key=lambda entry: -entry[1]):
            yield trace


@dataclass(slots=True)
class _Read:
    counts: Counter[str] = field(default_factory=Counter)
    new_labels: Counter[str] = field(default_factory=Counter)
    failures: _Sample = field(default_factory=lambda: _Sample(FAILURES_MOST))
    passes: _Sample = field(default_factory=lambda: _Sample(PASSES_MOST))
    order: list[tuple[str, bool]] = field(default_factory=list)
    """Every trace, by id, and whether it was judged."""
    cheap: dict[str, dict[str, float]] = field(default_factory=dict)
    """Texts that a look at them alone finds odd, by id."""


def diagnose(
    workspace: Workspace, model: str, paths: Sequence[Path], listen: Listener
) -> tuple[Diagnosis, tuple[dict[str, Any], ...]]:
    """What is wrong with the served version's answers, and a line for each trace. Raises DataError
    without traces."""
    with workspace.engine.connect() as connection:
        version = find(connection, model)
        read = _Read()
        try:
            if paths:
                import_into(connection, version.name, paths, listen)
            _read(connection, version, read, listen)
        finally:
            connection.rollback()
        trusted = examples_of(
            connection, load(Manifest, workspace.artifacts.get_json(version.card.manifest))
        )
    rows = _rows(load_version(workspace, version), read, trusted, listen)
    base = version.card.recipe.base
    embed = embedder(base, workspace.cache, threads(), listen)
    listen(Progress("diagnosis", 0.0))
    found, said = findings(
        version.label, version.card.task, rows, trusted, embed,
        dict(read.counts) | {"looked at": len(rows)}, dict(read.new_labels), _notes(read),
    )  # fmt: skip
    listen(Progress("diagnosis", 1.0))
    return found, tuple(_lines(said, rows, read))


def _read(connection: Connection, version: Version, read: _Read, listen: Listener) -> None:
    labels = version.card.task.labels
    total = max(1, reading.total(connection, version.name))
    every = _ordered(reading.stream(connection, version.name), read)
    for trace in _told(counted(every, read.counts), total, read, listen):
        right = right_answer(trace)
        if right is None:
            read.counts["without a right answer"] += 1
        elif right not in labels:
            read.new_labels[right] += 1
        else:
            part = read.passes if trace.output == right else read.failures
            part.take(replace(trace, input=trace.input[:LONGEST]))
    if not read.counts["read"]:
        raise DataError(
            f"there is no trace of {version.name}",
            hint="name a log with --traces, or `pioneer traces import` it",
        )


def _ordered(traces: Iterable[Trace], read: _Read) -> Iterator[Trace]:
    """All traces; each is looked at by the detectors that need its text alone."""
    for trace in traces:
        judged = trace.verdict is not None and trace.verdict.ruling is not Ruling.UNJUDGED
        read.order.append((trace.id, judged))
        signs = {name: value for name, value in patterns(trace.input[:LONGEST]).items() if value}
        if signs:
            read.cheap[trace.id] = signs
        yield trace


def _told(traces: Iterable[Trace], total: int, read: _Read, listen: Listener) -> Iterator[Trace]:
    for at, trace in enumerate(traces):
        if at % 5000 == 0:
            listen(Progress("reading the log", min(0.99, read.counts["read"] / total)))
        yield trace
    listen(Progress("reading the log", 1.0))


def _rows(model: Model, read: _Read, trusted: Sequence[Example], listen: Listener) -> list[LogRow]:
    """The sample, judged by what the version answers now."""
    drawn = [
        (trace, part.weight) for part in (read.failures, read.passes) for trace in part.traces()
    ]
    said = answers(model, [trace.input for trace, _ in drawn], listen)
    named = [
        Example(f"trace {trace.id}", trace.input, "", trace.parent or "") for trace, _ in drawn
    ]
    listen(Note(f"{len(drawn)} judged calls are looked at closely"))
    groups = groups_of([*named, *(replace(row, id=f"row {row.id}", group="") for row in trusted)])
    rows = []
    for at, ((trace, weight), answer, row) in enumerate(zip(drawn, said, named, strict=True)):
        right = right_answer(trace)
        output = None if answer.output is None else str(answer.output)
        rows.append(
            LogRow(
                id=trace.id,
                input=trace.input,
                group=groups[row.id],
                answered=output,
                confidence=answer.confidence,
                ruling=Ruling.PASS if output == right else Ruling.FAIL,
                right=right,
                human=trace.verdict is not None and trace.verdict.human,
                time=float(at) if trace.time is None else trace.time,
                metadata=trace.metadata,
                weight=weight,
                ranked=answer.ranked[:3],
            )
        )
    return rows


def _notes(read: _Read) -> list[str]:
    notes = []
    for name, part in (("failures", read.failures), ("passes", read.passes)):
        if part.seen > len(part.kept):
            told = f"of {part.seen:,} {name} a sample of {len(part.kept):,} is looked at closely"
            notes.append(f"{told}; its rows carry weights")
    if not read.counts["judged"]:
        notes.append("no trace has a verdict: `pioneer traces review` asks for some")
    return notes


def _lines(
    said: Sequence[Suspicion], rows: Sequence[LogRow], read: _Read
) -> Iterator[dict[str, Any]]:
    """One for each trace, in the order of the log."""
    known = {one.id: one for one in said}
    weights = {row.id: row.weight for row in rows}
    total = sum(weights.values())
    usual = sum(one.p_poison * weights[one.id] for one in said) / total if total else 0.0
    for name, judged in read.order:
        one = known.get(name)
        if one is not None:
            yield _line(name, one.p_poison, one.decision, one.reasons)
        elif name in read.cheap:
            signs = read.cheap[name]
            why = f"its text alone: {', '.join(sorted(signs))}"
            yield _line(name, max(usual, _SURE * max(signs.values())), Decision.ASK, (why,))
        elif judged:
            yield _line(name, usual, Decision.KEEP, ("not looked at closely; as the sample is",))
        else:
            yield _line(name, usual, Decision.ASK, ("nobody has judged it",))


def _line(name: str, chance: float, decision: Decision, reasons: Sequence[str]) -> dict[str, Any]:
    return {
        "id": name,
        "p_poison": round(chance, 4),
        "decision": decision.value,
        "reasons": list(reasons),
    }
