"""The nouns of the project, all frozen; see design.md section 3.

A record holds only JSON values and other records, so that it can be journalled, hashed and sent to
a worker. `dump` and `load` are the one way in and out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias, TypeVar, cast

Scalar: TypeAlias = str | int | float | bool | None
Json: TypeAlias = "Scalar | list[Json] | dict[str, Json]"

T = TypeVar("T")


class Kind(StrEnum):
    CLASSIFICATION = "classification"
    EXTRACTION = "extraction"
    GENERATION = "generation"


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled stretch of text; characters, end exclusive."""

    start: int
    end: int
    label: str


Target: TypeAlias = str | tuple[Span, ...]
"""A label or completion (str), or the spans of an extraction, sorted by start."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row with its right answer. `group` ties near-duplicates and twins together."""

    id: str
    input: str
    target: Target
    group: str = ""
    provenance: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What a metric needs besides the target: answers, references, tests, entry_point."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be learned."""

    kind: Kind
    instruction: str
    labels: tuple[str, ...]
    metric: str
    language: str = "en"
    out_of_scope: str | None = None
    """The label that means 'none of the others', where the data has one."""
    abstain: bool = False
    """Whether the model may answer null where it is unsure."""
    focus_label: str | None = None
    """A label whose recall the user cares about most."""
    wishes: tuple[str, ...] = ()
    """What else the user asked for, as read: 'small', 'fast'."""


@dataclass(frozen=True, slots=True)
class Mix:
    """D of a pipeline: which train rows a trial learns from. All fractions are shares of rows."""

    rows: int | None = None
    """How many rows at most; None means all."""
    hard_share: float = 0.0
    """Share of the rows that are hard ones (boundary cases, with their own right label)."""
    drop_suspects: bool = False
    """Leave out rows whose label an out-of-fold model contradicts with confidence."""
    max_imbalance: float = 0.0
    """No label above this many times another; 0 means no cap."""
    near_duplicates: bool = True
    """Whether near-duplicates within train are kept."""
    twins: float = 0.0
    """Share of the rows that are learned a second time, as someone else might have typed them."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that is needed to repeat a training: D, H, S, the base and the seed; for a strategy that
    keeps what the served version knows, that version too."""

    base: str
    strategy: str
    hyper: Mapping[str, Scalar]
    mix: Mix = Mix()
    seed: int = 0

    @property
    def passes(self) -> int:
        """How often a training passes over its rows, as far as the knobs say: `epochs`, for each of
        the `members` of what is averaged."""
        epochs = self.hyper.get("epochs", 1)
        return self.members * (epochs if isinstance(epochs, int) else 1)

    @property
    def members(self) -> int:
        """Fits that are averaged."""
        found = self.hyper.get("members", 1)
        return found if isinstance(found, int) else 1

    @property
    def alone(self) -> Recipe:
        """One of the fits that are averaged."""
        return self if self.members == 1 else replace(self, hyper={**self.hyper, "members": 1})


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answer; `output` is null when it abstains."""

    output: Target | None
    confidence: float
    ranked: tuple[tuple[str, float], ...] = ()
    """The likeliest labels with their probabilities, best first, where the kind has labels."""


class Ruling(StrEnum):
    """What a judge says of a trace."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    UNJUDGED = "unjudged"
    """The judge broke or could not tell; the model is not to blame."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one judge said of one trace."""

    ruling: Ruling
    judge: str
    """Who: 'human', 'human:anna', 'metric:accuracy', 'llm:NAME', or any other name."""
    reason: str = ""
    expected: Target | None = None
    """The right answer, where the judge named one."""
    at: float | None = None
    """When, in seconds since 1970, UTC."""

    @property
    def human(self) -> bool:
        """Whether a person said it: 'human', or that with a name behind it."""
        return self.judge[:5].casefold() == "human" and not self.judge[5:6].isalnum()


@dataclass(frozen=True, slots=True)
class Trace:
    """One production call, with what was said of it since."""

    id: str
    input: str
    output: Target | None
    """None where the model abstained; text that is no answer of its kind stands as it came."""
    time: float | None = None
    """Seconds since 1970, UTC."""
    model: str | None = None
    """The version that answered, as it was logged."""
    confidence: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    """The larger request or conversation that the call belongs to, where the source names one."""
    expected: Target | None = None
    verdict: Verdict | None = None
    """The one that counts; see `judges.standing`."""

    @property
    def open(self) -> bool:
        """Whether nobody has judged it, nor a human said that it cannot be told."""
        verdict = self.verdict
        return verdict is None or (verdict.ruling is Ruling.UNJUDGED and not verdict.human)


@dataclass(frozen=True, slots=True)
class RowStat:
    """What one row scored. Metrics are functions of many of these; see `Family`."""

    id: str
    group: str
    score: float
    """1.0 right, 0.0 wrong, between for partial credit."""
    target: str
    output: str | None
    confidence: float
    counts: tuple[float, ...] = ()
    """True positives, false positives, false negatives, where the metric needs them."""


@dataclass(frozen=True, slots=True)
class Score:
    """A measured value with its noise."""

    metric: str
    value: float
    ci95: tuple[float, float]
    n: int
    slices: Mapping[str, SliceScore] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SliceScore:
    value: float
    ci95: tuple[float, float]
    n: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took."""

    seconds: float = 0.0
    trained_rows: int = 0
    """Rows passed through the training loop, epochs and folds counted."""


class TrialStatus(StrEnum):
    PROPOSED = "proposed"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Trial:
    """One recipe that was tried. Trial 0.. in proposal order; `iteration` counts rounds."""

    number: int
    iteration: int
    recipe: Recipe
    operator: str
    """draft | expand | evolve | fuse"""
    hypothesis: str
    """Why it was proposed, in one sentence for the report."""
    parents: tuple[int, ...] = ()
    status: TrialStatus = TrialStatus.PROPOSED
    score: Score | None = None
    error: str | None = None
    cost: Cost = Cost()
    stats: str | None = None
    """Artefact hash of the dev RowStats."""
    checkpoint: str | None = None
    """Artefact hash of the weights, where they were kept."""


@cache
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def dump(value: Any) -> Any:
    """A record (or a list or dict of records) as plain JSON values."""
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value)


def load(kind: type[T], value: Any) -> T:
    """The record that `dump` made `value` from. Raises pydantic.ValidationError if it is none."""
    record: T = _adapter(cast(Any, kind)).validate_python(value)
    return record


def canonical(value: Any) -> str:
    """JSON text that is equal for equal values: sorted keys, no spaces."""
    return json.dumps(dump(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_hash(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of a record or JSON value."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()
