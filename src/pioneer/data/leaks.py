"""Rows to learn from that reach into rows to be judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pioneer.families.base import Repair
from pioneer.records import Example
from pioneer.text.minhash import near_duplicates_across


@dataclass(frozen=True, slots=True)
class Leak:
    """A train row, and the row it shares a group with."""

    train: str
    seen: str
    part: str
    """Where the other one is: dev | test."""


@dataclass(frozen=True, slots=True)
class Leaks:
    """The report of the leak check."""

    train_rows: int
    """Train rows as shipped, before any was removed; with `judged_rows` what was compared."""
    judged_rows: int
    found: tuple[Leak, ...]
    """Leaks in the parts as shipped. All of them were removed from train."""
    dev_in_test: tuple[str, ...]
    """Shipped dev rows in a group of the shipped test: reported, not changed."""
    remaining: int
    """Near-duplicates between train and (held-out dev and test) after the split, found afresh by
    text alone. Anything but 0 is a fault of ours."""

    @property
    def pairs_checked(self) -> int:
        return self.train_rows * self.judged_rows


def leaks_into(
    pool: Sequence[Example],
    dev: Sequence[Example],
    test: Sequence[Example],
    groups: Mapping[str, str],
) -> list[Leak]:
    """Every row of the pool in a group of dev or test; where both, test is named."""
    judged: dict[str, tuple[str, str]] = {}
    for part, rows in (("dev", dev), ("test", test)):
        for row in sorted(rows, key=lambda row: row.id, reverse=True):
            judged[groups[row.id]] = (row.id, part)
    return sorted(
        (Leak(row.id, *judged[groups[row.id]]) for row in pool if groups[row.id] in judged),
        key=lambda leak: leak.train,
    )


def as_repair(leak: Leak) -> Repair:
    reason = f"it is, or is nearly, row {leak.seen} of the {leak.part} set"
    return Repair(leak.train, "dropped", reason, f"leaks_into_{leak.part}")


def remaining_leaks(train: Sequence[Example], judged: Sequence[Example]) -> int:
    """How many train rows have a near-duplicate among the judged ones, by text alone."""
    texts, others = [row.input for row in train], [row.input for row in judged]
    return len(near_duplicates_across(texts, others))
