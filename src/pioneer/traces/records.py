"""What is read from a log, on its way to a `pioneer.records.Trace`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias


class Record(NamedTuple):
    """One record of a file. `row` is 1-based: the line of a JSONL file, else the record's number.

    What a format hands on has the columns of the trace row contract (`input`, `output`, `id`,
    `time`, `model`, `expected`, `verdict`, `judge`, `reason`, `confidence`, `metadata`), and
    perhaps `parent` and `verdicts`, a list of objects with `verdict, judge, reason, expected, at`.
    A record without `input` and `output` but with `verdicts` speaks of a trace that is told by its
    `id` or `parent`.
    """

    row: int
    fields: Mapping[str, Any]


class Broken(NamedTuple):
    """A record that cannot be read."""

    row: int
    reason: str


class Skipped(NamedTuple):
    """A record that is sound and no trace, such as the span of a tool call."""

    row: int
    reason: str


Item: TypeAlias = Record | Broken | Skipped

Reading: TypeAlias = Callable[[Iterator[Item]], Iterator[Item]]
"""How a format is read: records as they stand in the file become records in trace row form."""


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of log."""

    name: str
    recognises: Callable[[Mapping[str, Any]], bool]
    """Whether a record of a file is one of this kind's, by its keys."""
    reads: Reading
    phase: int = 1
    """Of files imported together, 0 comes first (requests that answers refer to) and 2 last
    (verdicts on traces that must be there)."""
