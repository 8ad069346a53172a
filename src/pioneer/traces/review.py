"""The most useful questions for a human, and the answers fed back as verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import Connection, select

from pioneer.errors import ArgumentError, DataError
from pioneer.records import Ruling, Trace, Verdict
from pioneer.store.schema import traces, verdicts
from pioneer.traces import reading, store
from pioneer.traces.rows import RowReader


@dataclass(frozen=True, slots=True)
class Question:
    """A trace that a human is asked about, and why this one."""

    trace: Trace
    why: str


class Order(Protocol):
    """Which traces to ask about first."""

    def __call__(self, connection: Connection, name: str, limit: int) -> list[Question]: ...


def unjudged_first(connection: Connection, name: str, limit: int) -> list[Question]:
    """What nobody has judged, then what only machines have; the least confident first. A human who
    could not tell is not asked again."""
    human = select(verdicts.c.trace).where(verdicts.c.human, verdicts.c.trace == traces.c.seq)
    ruled = select(verdicts.c.trace).where(
        verdicts.c.trace == traces.c.seq, verdicts.c.ruling != Ruling.UNJUDGED.value
    )
    order = (traces.c.confidence.is_not(None), traces.c.confidence, traces.c.seq)
    mine = (traces.c.name == name) & ~human.exists()
    questions = [
        Question(trace, "nobody has judged it")
        for _, trace in reading.some(connection, mine & ~ruled.exists(), *order, limit=limit)
    ]
    if len(questions) < limit:
        machines = mine & ruled.exists()
        found = reading.some(connection, machines, *order, limit=limit - len(questions))
        questions += [Question(trace, f"only {_judge(trace)} has judged it") for _, trace in found]
    return questions


def wrong_first(connection: Connection, name: str, limit: int) -> list[Question]:
    """Failures of which nobody said what is right, the newest first. They teach nothing until
    somebody does; who cannot tell either says so (`unjudged`) and is not asked again."""
    mine = verdicts.c.trace == traces.c.seq
    wrong = select(verdicts.c.trace).where(mine, verdicts.c.ruling == Ruling.FAIL.value)
    told = select(verdicts.c.trace).where(
        mine,
        verdicts.c.expected.is_not(None)
        | (verdicts.c.human & (verdicts.c.ruling == Ruling.UNJUDGED.value)),
    )
    condition = (traces.c.name == name) & wrong.exists() & ~told.exists()
    found = reading.some(connection, condition, traces.c.seq.desc(), limit=limit)
    return [
        Question(trace, "it is wrong, but nobody said what is right")
        for _, trace in found
        if trace.verdict is not None and trace.verdict.ruling is Ruling.FAIL
    ]


def doubtful_first(asked: Mapping[str, float], similar: Sequence[str] = ()) -> Order:
    """The traces that cycles asked about (and when), until a human has ruled on them since; then
    as `wrong_first`, then the `similar` ones that nobody has judged, then as `unjudged_first`."""

    def order(connection: Connection, name: str, limit: int) -> list[Question]:
        known = store.numbers(connection, name, asked)
        said = reading.histories(connection, list(known.values()))
        left = [
            seq
            for trace, seq in known.items()
            if not any(one.human and (one.at or 0.0) > asked[trace] for one in said.get(seq, []))
        ]
        why = "the last cycles could not settle it"
        doubted = [Question(reading.by_number(connection, seq), why) for seq in left[:limit]]
        wrong = wrong_first(connection, name, limit)
        near = {trace.id: trace for trace in reading.named(connection, name, similar)}
        alike = [
            Question(near[id_], "a call like it was corrected")
            for id_ in similar
            if id_ in near and near[id_].open
        ]
        every = [*doubted, *wrong, *alike, *unjudged_first(connection, name, limit)]
        first = {one.trace.id: one for one in reversed(every)}
        return [one for one in every if first[one.trace.id] is one][:limit]

    return order


def _judge(trace: Trace) -> str:
    return trace.verdict.judge if trace.verdict else "a machine"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a human said of a trace: the right answer, or a ruling, or both."""

    id: str
    said: Mapping[str, Any]


@dataclass(slots=True)
class Answered:
    """What became of answers."""

    answers: int = 0
    passed: int = 0
    failed: int = 0
    unjudged: int = 0
    new_labels: int = 0
    """Right answers that the model does not know as labels."""


def answer(
    connection: Connection, name: str, answers: Iterable[Answer], reader: RowReader, judge: str
) -> Answered:
    """Record answers as verdicts of this human. Raises ArgumentError or DataError, and the caller
    rolls back, for one that names no trace of the model or cannot be read."""
    done = Answered()
    for one in answers:
        seq = store.numbers(connection, name, [one.id]).get(one.id)
        if seq is None:
            raise ArgumentError(f"{name} has no trace {one.id[:80]!r}", hint="ids: `traces review`")
        trace = reading.by_number(connection, seq)
        verdict = reader.verdict({"judge": judge, **one.said}, trace)
        verdict = replace(verdict, judge=signed(verdict.judge), at=None)
        store.say(connection, [(seq, verdict)], again=True)
        _count(done, verdict, reader)
    return done


def signed(judge: str) -> str:
    """A human's name as verdicts carry it: 'human:anna'."""
    return judge if Verdict(Ruling.UNJUDGED, judge).human else f"human:{judge}"


def parse_answer(connection: Connection, name: str, text: str) -> Answer:
    """ID=LABEL. Both may hold '=': the id is the shortest that is there. Raises ArgumentError."""
    parts = text.split("=")
    heads = ["=".join(parts[:count]) for count in range(1, len(parts))]
    known = store.numbers(connection, name, heads)
    for head in heads:
        if head in known:
            return Answer(head, {"expected": text[len(head) + 1 :]})
    if not heads:
        raise ArgumentError(f"--answer takes ID=LABEL, but got {text[:80]!r}")
    raise ArgumentError(f"{name} has no trace {heads[0][:80]!r}", hint="ids: `traces review`")


def answer_of(fields: Mapping[str, Any]) -> Answer:
    """A row of a file of answers: `id`, and `expected` or `label`, or `verdict`; optionally
    `reason` and `judge`. Raises DataError."""
    trace = fields.get("id")
    if not isinstance(trace, str | int):
        raise DataError("an answer needs the 'id' of its trace")
    said = {key: fields[key] for key in ("verdict", "reason", "judge") if fields.get(key)}
    right = fields.get("expected", fields.get("label"))
    if right is not None:
        said["expected"] = right
    if "verdict" not in said and "expected" not in said:
        raise DataError("an answer needs 'expected', 'label' or 'verdict'")
    return Answer(str(trace), said)


def _count(done: Answered, verdict: Verdict, reader: RowReader) -> None:
    done.answers += 1
    done.passed += verdict.ruling is Ruling.PASS
    done.failed += verdict.ruling is Ruling.FAIL
    done.unjudged += verdict.ruling is Ruling.UNJUDGED
    done.new_labels += reader.is_new(verdict.expected)
