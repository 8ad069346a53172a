"""A trace row, read: the call, and what is said of it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from pioneer.errors import DataError
from pioneer.families.base import Family
from pioneer.families.columns import kind_of
from pioneer.families.spelling import as_known
from pioneer.judges.metric import MetricJudge
from pioneer.records import Ruling, Target, Task, Trace, Verdict
from pioneer.traces.jsontext import as_json
from pioneer.traces.readers import too_deep
from pioneer.traces.words import read_ruling

UNNAMED_JUDGE = "unnamed"
_LONGEST_NAME = 512
"""Characters of an id: what every database can index."""

ReadTarget: TypeAlias = Callable[[str, Any], Target]
"""(input, value) -> answer of the task's kind. Raises DataError."""


class Said(NamedTuple):
    """What one row tells; `trace.id` is empty where the row has none."""

    trace: Trace
    verdicts: tuple[Verdict, ...]
    conflict: bool = False
    """Whether its verdict and its right answer contradict each other."""


class Telling(NamedTuple):
    """Verdicts on a trace that stands elsewhere, told by its id or its parent."""

    id: str | None
    parent: str | None
    said: Sequence[Mapping[str, Any]]


def target_reader(family: Family) -> ReadTarget:
    """Answers as the family reads them, under its own names of the columns."""
    asked, answered = family.input_columns[0], family.target_columns[0]

    def read(text: str, value: Any) -> Target:
        return family.parse({asked: text, answered: value}).target

    return read


def metric_judge(family: Family, task: Task) -> MetricJudge:
    """The judge that holds an answer against the right one by the task's metric."""
    return MetricJudge(task.metric, partial(family.score_row, task), family.passed)


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads trace rows of one task. All methods raise DataError, without file and row."""

    read: ReadTarget
    judge: MetricJudge
    labels: frozenset[str] = frozenset()
    """Those that the task knows; empty where answers are free text."""

    def row(self, fields: Mapping[str, Any]) -> Said | Telling:
        if "verdicts" in fields and "input" not in fields and "output" not in fields:
            said = _list(fields["verdicts"])
            return Telling(_name(fields, "id"), _name(fields, "parent"), said)
        text = fields.get("input")
        if not isinstance(text, str):
            raise _no_text(fields, "input")
        if "output" not in fields:
            raise DataError("no column 'output'", hint="null says that the model abstained")
        trace = Trace(
            id=_name(fields, "id") or "",
            input=text,
            output=self._output(fields["output"], text),
            time=read_time(fields.get("time")),
            model=_name(fields, "model"),
            confidence=_confidence(fields.get("confidence")),
            metadata=_metadata(fields.get("metadata")),
            parent=_name(fields, "parent"),
            expected=self._expected(fields.get("expected"), text),
        )
        return self._said(trace, fields)

    def is_new(self, answer: Target | None) -> bool:
        """Whether it is a label that the task does not know, case and spaces aside."""
        if not self.labels or not isinstance(answer, str) or answer in self.labels:
            return False
        return as_known(answer, self.labels) is None

    def verdict(self, fields: Mapping[str, Any], trace: Trace) -> Verdict:
        """One entry of `verdicts`. One that names only the right answer is ruled by the metric, in
        the name of who gave it."""
        expected = self._expected(fields.get("expected"), trace.input)
        verdict = _verdict(fields, expected)
        if fields.get("verdict") is None:
            if expected is None:
                raise DataError("a verdict without 'verdict' and without 'expected'")
            ruled = self.judge(replace(trace, expected=expected))
            return replace(verdict, ruling=ruled.ruling)
        return verdict

    def _said(self, trace: Trace, fields: Mapping[str, Any]) -> Said:
        """The metric's ruling comes after the row's own verdict: it is made now. So where the two
        contradict each other, a human's verdict counts, and otherwise the metric's."""
        found: list[Verdict] = []
        conflict = False
        measured = None if trace.expected is None else self.judge(trace)
        if fields.get("verdict") is not None:
            own = _verdict(fields, trace.expected)
            conflict = measured is not None and _contradict(own, measured)
            found.append(replace(own, expected=None) if conflict else own)
        if measured is not None:
            found.append(measured)
        if fields.get("verdicts") is not None:
            found += [self.verdict(one, trace) for one in _list(fields["verdicts"])]
        return Said(trace, tuple(found), conflict)

    def _output(self, value: Any, text: str) -> Target | None:
        """Text that is no answer of this kind is kept as it came: it is what the model said."""
        if value is None:
            return None
        try:
            return self.read(text, value)
        except DataError as error:
            if isinstance(value, str):
                return value
            raise DataError(f"output: {error.message}", hint=error.hint) from error

    def _expected(self, value: Any, text: str) -> Target | None:
        if value is None:
            return None
        try:
            return self.read(text, value)
        except DataError as error:
            if isinstance(value, str) and not value.strip():
                return None
            raise DataError(f"expected: {error.message}", hint=error.hint) from error


def row_reader(family: Family, task: Task) -> RowReader:
    return RowReader(target_reader(family), metric_judge(family, task), frozenset(task.labels))


def _contradict(one: Verdict, other: Verdict) -> bool:
    return Ruling.UNJUDGED not in (one.ruling, other.ruling) and one.ruling is not other.ruling


def content_id(trace: Trace) -> str:
    """Who a call is that has no id: what was asked and answered, when, by whom, with what
    metadata. What was said of it since is left out, so that a later export of the same log is known
    again."""
    parts = (
        as_json(trace.output),
        repr(trace.time),
        as_json(trace.model),
        repr(trace.confidence),
        as_json(trace.metadata),
        as_json(trace.parent),
        trace.input,
    )
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def read_time(value: Any) -> float | None:
    """Seconds since 1970. Numbers may also count milli-, micro- or nanoseconds, told from their
    size; text is ISO 8601, in UTC where it names no zone."""
    if value is None:
        return None
    if isinstance(value, str):
        value = value.strip()
        try:
            value = float(value)
        except ValueError:
            return _iso(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"column 'time' must be a time, but holds {kind_of(value)}")
    if not math.isfinite(value):
        raise DataError(f"column 'time' holds {value}")
    for limit, unit in ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3)):
        if abs(value) >= limit:
            return float(value / unit)
    return float(value)


def _iso(text: str) -> float:
    try:
        found = datetime.fromisoformat(text.removesuffix(" UTC"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        hint = "write ISO 8601 or seconds since 1970"
        raise DataError(f"column 'time' holds {text[:40]!r}", hint=hint) from error


def _no_text(fields: Mapping[str, Any], column: str) -> DataError:
    if column not in fields:
        there = ", ".join(str(name)[:40] for name in list(fields)[:12]) or "none"
        return DataError(f"no column {column!r}", hint=f"columns here: {there}")
    value = fields[column]
    if value is None:
        return DataError(f"column {column!r} is null")
    return DataError(f"column {column!r} must be text, but holds {kind_of(value)}")


def _name(fields: Mapping[str, Any], column: str) -> str | None:
    """An id or a name as text; None where there is none."""
    value = fields.get(column)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise DataError(f"column {column!r} must be text or a whole number")
    name = str(value).strip()
    if len(name) > _LONGEST_NAME:
        raise DataError(f"column {column!r} is longer than {_LONGEST_NAME} characters")
    return name or None


def _confidence(value: Any) -> float | None:
    if value is None:
        return None
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not 0.0 <= found <= 1.0:
        raise DataError(f"column 'confidence' must be from 0 to 1, but is {str(value)[:40]}")
    return found


def _metadata(value: Any) -> Mapping[str, Any]:
    """An object, or its JSON as in CSV."""
    if value is None:
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise DataError("column 'metadata' is text, but no JSON") from error
        if isinstance(value, dict) and too_deep(value):
            raise DataError("column 'metadata' is nested too deep")
    if not isinstance(value, Mapping):
        raise DataError(f"column 'metadata' must be an object, but holds {kind_of(value)}")
    return value


def _verdict(fields: Mapping[str, Any], expected: Target | None) -> Verdict:
    ruling = fields.get("verdict")
    return Verdict(
        Ruling.UNJUDGED if ruling is None else read_ruling(ruling),
        _name(fields, "judge") or UNNAMED_JUDGE,
        _reason(fields.get("reason")),
        expected,
        read_time(fields.get("at")),
    )


def _reason(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise DataError(f"column 'reason' must be text, but holds {kind_of(value)}")


def _list(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise DataError("'verdicts' must be a list of objects")
    return value
