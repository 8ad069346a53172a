"""What a gate looks at, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pioneer.errors import DataError
from pioneer.evaluation.paired import shared
from pioneer.records import RowStat


@dataclass(frozen=True, slots=True)
class PairedRow:
    """One row as the deployed artefact answers it now, and as the candidate's artefact does."""

    id: str
    group: str
    was_right: bool
    """The deployed artefact, re-run on the row."""
    is_right: bool
    """The candidate's exported artefact."""
    label: str = ""
    """The right label; empty where the kind has none, then no label is judged by itself."""
    slices: tuple[str, ...] = ()
    """Slices that were named before training."""

    @property
    def fixed(self) -> bool:
        return self.is_right and not self.was_right

    @property
    def broken(self) -> bool:
        return self.was_right and not self.is_right


@dataclass(frozen=True, slots=True)
class Shares:
    """How the deployed artefact fares in traffic, where the gate rows hold more failures, or fewer.

    Without it the gate rows are taken to be in traffic proportion.
    """

    wrong: float
    """Share of traffic that it gets wrong."""
    estimated: bool = False
    """By the log, for all rows together: then only the gain in traffic is weighed by it. What a
    candidate breaks, and loses on a label, counts as it is."""

    def __post_init__(self) -> None:
        if not 0.0 < self.wrong < 1.0:
            raise DataError(f"the share of failures must be between 0 and 1, but is {self.wrong}")

    @property
    def right(self) -> float:
        return 1.0 - self.wrong


@dataclass(frozen=True, slots=True)
class Agreement:
    """On how many rows the exported artefact answers as the trained model does."""

    same: int
    rows: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier version on its own set, and the candidate on the same rows."""

    version: str
    rows: int
    value: float
    candidate: float


@dataclass(frozen=True, slots=True)
class Permuted:
    """The paired test of a metric that is not a share of right rows; see `better.permuted`."""

    metric: str
    difference: float
    p: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that decides about one candidate."""

    gate: tuple[PairedRow, ...]
    agreement: Agreement
    ratchet: tuple[PairedRow, ...] = ()
    """Former gate and sealed rows, never trained on by any version."""
    shares: Shares | None = None
    earlier: tuple[Earlier, ...] = ()
    permuted: Permuted | None = None
    """For metrics that are not 0/1; then it decides whether the candidate is better."""


class Outcome(StrEnum):
    PROMOTED = "promoted"
    HOLD = "hold"
    NEED_MORE_DATA = "need_more_data"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule's answer, with the arithmetic that led to it."""

    name: str
    passed: bool
    sentence: str
    numbers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What is decided about a candidate; every rule that was asked is in it."""

    outcome: Outcome
    reason: str
    rules: tuple[RuleResult, ...]

    def rule(self, name: str) -> RuleResult | None:
        """None where the rule was not asked, because the look was not granted."""
        return next((rule for rule in self.rules if rule.name == name), None)


def paired(
    before: Sequence[RowStat],
    after: Sequence[RowStat],
    passed: Callable[[RowStat], bool],
    labels: Mapping[str, str] | None = None,
    slices: Mapping[str, Collection[str]] | None = None,
) -> tuple[PairedRow, ...]:
    """The same rows, scored for the deployed and for the candidate's artefact.

    `labels` gives a row's label by id, `slices` names sets of ids. Raises DataError if the ids
    differ.
    """
    left, right = shared(before, after)
    if len(left) != len(before) or len(right) != len(after):
        raise DataError(
            f"a gate compares two versions on the same rows, but of {len(before)} and "
            f"{len(after)} rows {len(left)} are shared"
        )
    named = slices or {}
    return tuple(
        PairedRow(
            id=was.id,
            group=was.group or was.id,
            was_right=passed(was),
            is_right=passed(now),
            label=(labels or {}).get(was.id, ""),
            slices=tuple(name for name in sorted(named) if was.id in named[name]),
        )
        for was, now in zip(left, right, strict=True)
    )


def one_per_group(rows: Iterable[PairedRow], seen: Collection[str] = ()) -> list[PairedRow]:
    """One row a group, the one with the smallest id, and none of the groups in `seen`.

    Which row speaks for its group never depends on what a version answered.
    """
    first: dict[str, PairedRow] = {}
    for row in sorted(rows, key=lambda row: row.id):
        if row.group not in seen:
            first.setdefault(row.group, row)
    return list(first.values())
