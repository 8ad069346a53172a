"""What a diagnosis tells: confusions, slices, clusters, drift, and what to do with the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Leaning(StrEnum):
    """Which way a label or cluster errs."""

    PRECISION = "precision"
    """Answered where it is wrong: hard negatives help."""
    RECALL = "recall"
    """Missed where it is right: more examples help."""
    BOTH = "both"


class Fixability(StrEnum):
    FIXABLE = "fixable"
    EXTERNAL = "external"
    """Mostly rows that nothing can be learned from."""
    UNKNOWN = "unknown"
    """Too few rows, or too mixed, to say."""


@dataclass(frozen=True, slots=True)
class Confused:
    """One label answered for another."""

    answered: str | None
    right: str
    rows: int
    """That were looked at."""
    count: float
    """That these stand for in the whole log."""
    share: float
    """Of all failures."""
    ci95: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Leant:
    """How a label errs; both counts are for the whole log."""

    label: str
    missed: float
    wrongly_answered: float
    leaning: Leaning


@dataclass(frozen=True, slots=True)
class Sliced:
    """A part of the log and how it fares against the rest."""

    name: str
    rows: int
    failures: int
    """Among these rows. Of a large log more failures than passes are looked at."""
    rate: float
    """Of failures, weighted to the whole log."""
    ci95: tuple[float, float]
    p: float
    """One-sided Fisher test against the rest, corrected for the number of slices (Benjamini and
    Hochberg): small means that it fails more than the rest."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Failures that are alike."""

    name: str
    """Its telling words."""
    answered: str | None
    """The answer of its confusion; None where it holds several or none was given."""
    right: str | None
    size: int
    """Rows that were looked at."""
    count: float
    """That these stand for in the whole log."""
    share: float
    """Of all failures."""
    leaning: Leaning
    fixability: Fixability
    examples: tuple[str, ...]
    """Ids of the rows nearest to its middle."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Whether two parts of the data differ, and the test that says so."""

    what: str
    value: float
    p: float
    rows: tuple[int, int]
    """On either side."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A label that corrections name and the model does not know: shown, never taken."""

    label: str
    count: int
    examples: tuple[str, ...]
    """Ids of the first traces that name it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What reading the whole log counted."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """read, judged, failures, ..."""
    texts: Mapping[str, int] = field(default_factory=dict)
    """Traces whose text alone is odd, by what is odd about it: of all traces, no sample."""
    new_labels: tuple[Proposal, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Of the judged calls of one version. It quotes no logged text."""

    model: str
    counts: Mapping[str, int]
    """Of the whole log; `looked at` are the judged rows that all that follows is from."""
    rate: float
    """Share of failures among the judged calls."""
    ci95: tuple[float, float]
    confusions: tuple[Confused, ...] = ()
    labels: tuple[Leant, ...] = ()
    slices: tuple[Sliced, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    drift: tuple[Drift, ...] = ()
    triage: Mapping[str, int] = field(default_factory=dict)
    """Looked-at rows by decision."""
    texts: Mapping[str, int] = field(default_factory=dict)
    new_labels: tuple[Proposal, ...] = ()
    notes: tuple[str, ...] = ()
    """What the reader must know: that the log was sampled, that there is nothing to repair."""
