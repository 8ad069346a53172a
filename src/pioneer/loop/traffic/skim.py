"""One pass over a whole log, whatever its size: counts, and a sample to look at closely."""

from __future__ import annotations

import hashlib
import heapq
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import Connection

from pioneer.diagnosis.findings import Proposal
from pioneer.diagnosis.texts import patterns
from pioneer.events import Listener, Progress
from pioneer.loop.traffic.log import LONGEST, right_answer, tallied
from pioneer.records import Ruling, Trace
from pioneer.registry.versions import Version
from pioneer.traces import reading

FAILURES_MOST, PASSES_MOST, UNJUDGED_MOST = 6000, 3000, 1000
"""Rows that everything with embeddings looks at; of more, a sample that carries weights."""
_PROPOSALS, _EXAMPLES = 20, 3
_LONGEST_LABEL = 200
_HALF = 0.5
"""What a detector says where it is in two minds."""
TOLD = 5000
_STEP = "reading the log"


class Kind(StrEnum):
    """What a log says of a call."""

    RIGHT = "right"
    WRONG = "wrong"
    NO_ANSWER = "without a right answer"
    """Wrong, but nobody said what is right."""
    NEW_LABEL = "new labels"
    UNJUDGED = "unjudged"


Sort: TypeAlias = tuple[Kind, str | None, str | None]
"""Kind, what was answered and what is right; labels of the model, or None."""

Signs: TypeAlias = tuple[tuple[str, float], ...]
"""What a text alone tells, by detector; only what speaks for poison by itself."""


@dataclass(slots=True)
class Sample:
    """The traces whose ids have the smallest hashes: a fair draw, and each time the same."""

    most: int
    seen: int = 0
    kept: list[tuple[int, int, Trace]] = field(default_factory=list)

    def take(self, place: int, trace: Trace) -> None:
        self.seen += 1
        digest = hashlib.sha256(trace.id.encode("utf-8", "surrogatepass")).digest()
        rank = -int.from_bytes(digest[:8], "big")
        if len(self.kept) < self.most:
            heapq.heappush(self.kept, (rank, place, _cut(trace)))
        elif rank > self.kept[0][0]:
            heapq.heapreplace(self.kept, (rank, place, _cut(trace)))

    @property
    def weight(self) -> float:
        return self.seen / len(self.kept) if self.kept else 1.0

    def traces(self) -> Iterator[tuple[int, Trace]]:
        """With their places in the log, in its order."""
        yield from sorted(((place, trace) for _, place, trace in self.kept), key=lambda one: one[0])


@dataclass(slots=True)
class Skim:
    counts: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    """Right answers that are no labels of the model."""
    namers: dict[str, list[str]] = field(default_factory=dict)
    failures: Sample = field(default_factory=lambda: Sample(FAILURES_MOST))
    passes: Sample = field(default_factory=lambda: Sample(PASSES_MOST))
    unjudged: Sample = field(default_factory=lambda: Sample(UNJUDGED_MOST))
    ids: list[str] = field(default_factory=list)
    """Of all traces."""
    sorts: array[int] = field(default_factory=lambda: array("I"))
    """Of each trace, as a number in `known`."""
    known: dict[Sort, int] = field(default_factory=dict)
    odd: dict[str, Signs] = field(default_factory=dict)
    """Signs by id, where a text has any; equal ones are one object."""

    def proposals(self) -> tuple[Proposal, ...]:
        return tuple(
            Proposal(label, count, tuple(self.namers[label]))
            for label, count in self.named.most_common(_PROPOSALS)
        )


def skim(connection: Connection, version: Version, listen: Listener) -> Skim:
    """Read all traces of a model."""
    labels = {label: label for label in version.card.task.labels}
    total = max(1, reading.total(connection, version.name))
    found = Skim()
    signs: dict[Signs, Signs] = {}
    for place, trace in enumerate(reading.stream(connection, version.name)):
        if place % TOLD == 0:
            listen(Progress(_STEP, min(0.99, place / total)))
        sort = _sort(trace, tallied(trace, found.counts), labels)
        found.ids.append(trace.id)
        found.sorts.append(found.known.setdefault(sort, len(found.known)))
        odd = tuple(sign for sign in patterns(trace.input).items() if sign[1] > _HALF)
        if odd:
            found.odd[trace.id] = signs.setdefault(odd, odd)
            found.texts.update(name for name, _ in odd)
        _draw(found, sort[0], place, trace)
    listen(Progress(_STEP, 1.0))
    return found


def _sort(trace: Trace, ruling: Ruling, labels: dict[str, str]) -> Sort:
    output = labels.get(str(trace.output))
    if ruling is Ruling.UNJUDGED:
        return Kind.UNJUDGED, output, None
    right = right_answer(trace)
    if right is None:
        return Kind.NO_ANSWER, output, None
    if right not in labels:
        return Kind.NEW_LABEL, output, None
    return Kind.RIGHT if output == right else Kind.WRONG, output, labels[right]


def _draw(found: Skim, kind: Kind, place: int, trace: Trace) -> None:
    if kind is Kind.UNJUDGED:
        found.unjudged.take(place, trace)
        return
    if kind is Kind.NEW_LABEL:
        right = str(right_answer(trace))[:_LONGEST_LABEL]
        found.named[right] += 1
        if len(ids := found.namers.setdefault(right, [])) < _EXAMPLES:
            ids.append(trace.id)
    if kind is Kind.NO_ANSWER or kind is Kind.NEW_LABEL:
        found.counts[kind.value] += 1
    (found.passes if kind is Kind.RIGHT else found.failures).take(place, trace)


def _cut(trace: Trace) -> Trace:
    return trace if len(trace.input) <= LONGEST else replace(trace, input=trace.input[:LONGEST])
