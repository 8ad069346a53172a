"""What is repaired before any split, each time with the reason.

Only rows to learn from are changed or dropped (`train`, `all`). In a shipped `validation` or `test`
problems are reported and the rows stay; their labels alone are spelled as everywhere else, or they
would be other labels. Leaks and repeats depend on the sides: `splits` sees to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pioneer.data.parse import Parts
from pioneer.families.base import Family, Repair
from pioneer.records import Example, Target

MAX_CHARACTERS = 20_000
"""Longer texts are cut: few models read that far, and one such row costs as much as thousands."""

SHIPPED = ("validation", "test")


def clean(parts: Parts, family: Family) -> tuple[Parts, list[Repair]]:
    """The repaired parts, and all that was done. Raises DataError where too little is left."""
    shipped = {row.id for part in SHIPPED for row in parts.get(part, [])}
    rows, cuts = _cut([row for part in parts.values() for row in part], shipped)
    kept, repairs = family.clean(rows)
    if shipped:
        pool = [row for row in kept if row.id not in shipped]
        pool, found = family.clean(pool) if pool else (pool, [])
        judged = _restored(rows, kept, shipped)
        kept, repairs = [*pool, *judged], _of_pool(repairs, found, shipped)
    after = {row.id: row for row in kept}
    cleaned = {
        part: [after[row.id] for row in examples if row.id in after]
        for part, examples in parts.items()
    }
    return cleaned, cuts + repairs


def _restored(rows: Sequence[Example], kept: Sequence[Example], shipped: set[str]) -> list[Example]:
    """All shipped rows. Those that the family would drop have their labels spelled as it spelled
    them in the rows that it kept."""
    after = {row.id: row for row in kept}
    spelled = {row.target: after[row.id].target for row in rows if row.id in after}
    return [
        after.get(row.id) or replace(row, target=spelled.get(row.target, row.target))
        for row in rows
        if row.id in shipped
    ]


def _of_pool(
    everywhere: Sequence[Repair], in_pool: Sequence[Repair], shipped: set[str]
) -> list[Repair]:
    """Repairs of all rows, what shipped rows would have lost as reports, and what cleaning the
    pool by itself found besides. (Only the pool tells which of its labels have a single row.)"""
    repairs = [repair for repair in everywhere if repair.action != "train_only"]
    return [_reported(repair, shipped) for repair in repairs] + list(in_pool)


def _reported(repair: Repair, shipped: set[str]) -> Repair:
    if repair.row_id not in shipped or repair.action == "relabelled":
        return repair
    return replace(
        repair, action="reported", reason=f"{repair.reason}; kept, for it was shipped so"
    )


def _cut(rows: Sequence[Example], shipped: set[str]) -> tuple[list[Example], list[Repair]]:
    """Over-long texts cut, with the spans that lay beyond; in shipped rows only reported."""
    kept, repairs = list[Example](), list[Repair]()
    for row in rows:
        if len(row.input) > MAX_CHARACTERS:
            reason = f"the text has {len(row.input)} characters, more than {MAX_CHARACTERS}"
            repairs.append(_reported(Repair(row.id, "truncated", reason, "over_long"), shipped))
            if row.id not in shipped:
                row = replace(row, input=row.input[:MAX_CHARACTERS], target=_within(row.target))
        kept.append(row)
    return kept, repairs


def _within(target: Target) -> Target:
    if isinstance(target, str):
        return target
    return tuple(span for span in target if span.end <= MAX_CHARACTERS)
