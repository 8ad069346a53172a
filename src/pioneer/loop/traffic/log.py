"""The log as it stood when the run began: which calls were judged, and what they say is right."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pioneer.data.rows import manifest_of, put
from pioneer.errors import DataError
from pioneer.families import families, family
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.records import Example, Ruling, Trace
from pioneer.registry.versions import Version
from pioneer.traces import reading, store
from pioneer.upkeep.logs import doubtful, import_logs

MOST = 20_000
"""Judged calls that a cycle looks at, the newest."""
UNJUDGED = 5_000
"""Unjudged calls that it looks at, the newest."""
LONGEST = 8_000
"""Characters of an input that are read; no base reads more."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of a judged call besides its text and right answer, which its row holds."""

    id: str
    """Of its row in the manifest of the log."""
    trace: str
    ruling: Ruling
    human: bool
    time: float
    """Seconds; where the log names none, its place in the log."""
    logged: str | None
    """What the version that served then answered."""
    settled: bool = False
    """Whether a human has ruled on it again since a cycle asked about it."""


@dataclass(frozen=True, slots=True)
class Log:
    rows: str
    """Manifest of the judged calls whose right answer the log tells; targets are those answers."""
    facts: str
    """Artefact: a Fact for each of them."""
    counts: Mapping[str, int]
    """read, judged, failures, unjudged, ..."""
    new_labels: Mapping[str, int]
    """Right answers outside the label set, with how often: proposals, never taken silently."""
    unjudged: str = ""
    """Artefact: ids of the newest traces that nobody judged. Their texts stay where `forget` finds
    them."""


def read_log(room: Room, request: Improve, version: Version) -> Log:
    """Import the given files, then take the judged calls of the store. Raises DataError."""
    need_labels(version)
    if request.traces:
        paths = [Path(path) for path in request.traces]
        options = {"skip_broken": request.skip_broken}
        done = import_logs(room.workspace, paths, version.name, options, room.listen)
        room.say(f"traces: {done['new']} new, {done['known']} known, {done['verdicts']} verdicts")
    counts: Counter[str] = Counter()
    proposals: Counter[str] = Counter()
    rows: deque[tuple[Example, Fact]] = deque(maxlen=MOST)
    unjudged: deque[str] = deque(maxlen=UNJUDGED)
    with room.step("reading the log"), room.workspace.engine.begin() as connection:
        asked = doubtful(room.workspace, connection, version.name)
        for trace in reading.stream(connection, version.name):
            right = right_answer(trace)
            if tallied(trace, counts) is Ruling.UNJUDGED:
                if trace.open:
                    unjudged.append(trace.id)
            elif right is None:
                counts["without a right answer"] += 1
            elif right not in version.card.task.labels:
                proposals[right] += 1
            elif not trace.input.strip() and right != version.card.task.out_of_scope:
                counts["empty"] += 1
            else:
                rows.append(_row(trace, right, counts["read"], asked))
        _refuse_empty(version, counts)
        put(connection, [row for row, _ in rows])
        manifest = manifest_of(row for row, _ in rows)
        made = zip(rows, manifest.entries, strict=True)
        keys = {fact.trace: [entry.key] for (_, fact), entry in made}
        store.derive(connection, version.name, keys)
    counts["new labels"] = proposals.total()
    return Log(
        room.artifacts.put_json(manifest),
        room.artifacts.put_json([fact for _, fact in rows]),
        dict(counts),
        dict(proposals.most_common(_SHOWN)),
        room.artifacts.put_json(list(unjudged)),
    )


def need_labels(version: Version) -> None:
    """Raises DataError for a model that does not answer with one of its labels."""
    kind = version.card.task.kind
    if not family(kind).reads_logs:
        able = ", ".join(each.kind for each in families() if each.reads_logs)
        raise DataError(f"{version.label} is a model for {kind}; logs can be read of: {able}")


def facts_of(room: Room, log: Log) -> dict[str, Fact]:
    return {fact.id: fact for fact in room.read(tuple[Fact, ...], log.facts)}


def row_id(trace: str) -> str:
    """Apart from the ids of every data set."""
    return f"trace {trace}"


def trace_id(row: str) -> str:
    """The trace that a row with such an id is of."""
    return row.removeprefix(row_id(""))


def tallied(trace: Trace, counts: Counter[str]) -> Ruling:
    """The ruling on a trace, which is counted."""
    ruling = trace.verdict.ruling if trace.verdict else Ruling.UNJUDGED
    counts["read"] += 1
    counts["judged"] += ruling is not Ruling.UNJUDGED
    counts["failures"] += ruling is Ruling.FAIL
    counts["unjudged"] += ruling is Ruling.UNJUDGED
    return ruling


def right_answer(trace: Trace) -> str | None:
    """The right answer as the log tells it: named by a judge, or the answer that was passed."""
    if trace.expected is not None:
        return str(trace.expected)
    passed = trace.verdict is not None and trace.verdict.ruling is Ruling.PASS
    return str(trace.output) if passed and trace.output is not None else None


def _row(trace: Trace, right: str, place: int, asked: Mapping[str, float]) -> tuple[Example, Fact]:
    name = row_id(trace.id)
    assert trace.verdict is not None
    what = "confirmed" if trace.verdict.ruling is Ruling.PASS else "corrected"
    provenance = store.provenance(trace.id, what)
    row = Example(name, trace.input[:LONGEST], right, trace.parent or "", provenance)
    fact = Fact(
        name,
        trace.id,
        trace.verdict.ruling,
        trace.verdict.human,
        float(place) if trace.time is None else trace.time,
        None if trace.output is None else str(trace.output),
        trace.verdict.human and (trace.verdict.at or 0.0) > asked.get(trace.id, math.inf),
    )
    return row, fact


def _refuse_empty(version: Version, counts: Mapping[str, int]) -> None:
    if not counts.get("read"):
        raise DataError(
            f"there is no trace of {version.name}",
            hint="name a log with --traces, or `pioneer traces import` it",
        )
