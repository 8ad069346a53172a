"""Taking some of many rows, in proportion to their strata."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from pioneer.records import Example

Stratum: TypeAlias = Callable[[Example], str]
Rank: TypeAlias = Callable[[Example], tuple[float, ...]]
"""What is taken first within a stratum; rows of equal rank go by id."""


def by_stratum(examples: Sequence[Example], stratum: Stratum) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = defaultdict(list)
    for row in examples:
        found[stratum(row)].append(row)
    return found


def proportional(
    examples: Sequence[Example], count: int, stratum: Stratum, rank: Rank
) -> list[Example]:
    """`count` rows (or all): one of every stratum first, then in proportion to their sizes."""
    queue: list[tuple[bool, float, str, Example]] = []
    for name, rows in by_stratum(examples, stratum).items():
        ordered = sorted(rows, key=lambda row: (rank(row), row.id))
        queue += [
            (place > 0, (place + 0.5) / len(rows), name, row) for place, row in enumerate(ordered)
        ]
    queue.sort(key=lambda item: item[:3])
    return [row for *_, row in queue[: max(0, count)]]


def first_of_each(
    examples: Sequence[Example], count: int, stratum: Stratum, rank: Rank
) -> list[Example]:
    """Up to `count` rows of every stratum."""
    taken: list[Example] = []
    for rows in by_stratum(examples, stratum).values():
        taken += sorted(rows, key=lambda row: (rank(row), row.id))[:count]
    return taken
