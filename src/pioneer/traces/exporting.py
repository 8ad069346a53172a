"""Traces as JSON: rows that can be imported again, and lines that are shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from pioneer.records import Trace, Verdict, dump
from pioneer.traces import reading

_SHOWN = 120


def lines(connection: Connection, name: str, *, history: bool) -> Iterator[str]:
    """One JSON line per trace; `history` adds everything that was said of it as `verdicts`, and
    then an import of the lines gives the same store."""
    for trace, said in reading.stream_histories(connection, name):
        row = trace_row(trace)
        if history and said:
            row = {key: value for key, value in row.items() if key not in _VERDICT}
            row["verdicts"] = [_verdict_row(one) for one in said]
        yield json.dumps(row, ensure_ascii=True)


_VERDICT = ("expected", "verdict", "judge", "reason")


def trace_row(trace: Trace) -> dict[str, Any]:
    """The row of the trace row contract; what is not known is left out."""
    row = {
        "id": trace.id,
        "parent": trace.parent,
        "time": trace.time,
        "model": trace.model,
        "input": trace.input,
        "output": dump(trace.output),
        "expected": dump(trace.expected),
        "verdict": trace.verdict.ruling.value if trace.verdict else None,
        "judge": trace.verdict.judge if trace.verdict else None,
        "reason": (trace.verdict.reason or None) if trace.verdict else None,
        "confidence": trace.confidence,
        "metadata": dict(trace.metadata) or None,
    }
    return {key: value for key, value in row.items() if value is not None or key == "output"}


def shown_row(trace: Trace) -> dict[str, Any]:
    """A line of a table: every trace has the same columns, long texts are cut."""
    verdict = trace.verdict
    return {
        "id": trace.id,
        "input": _cut(trace.input),
        "output": _cut(_text(trace.output)),
        "expected": _cut(_text(trace.expected)),
        "verdict": verdict.ruling.value if verdict else None,
        "judge": verdict.judge if verdict else None,
        "confidence": trace.confidence,
    }


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(dump(value))


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _verdict_row(verdict: Verdict) -> dict[str, Any]:
    row = {
        "verdict": verdict.ruling.value,
        "judge": verdict.judge,
        "reason": verdict.reason or None,
        "expected": dump(verdict.expected),
        "at": verdict.at,
    }
    return {key: value for key, value in row.items() if value is not None}
