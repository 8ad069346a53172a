"""Rows that the parent learned from, taken along so that what it knew is not forgotten."""

from __future__ import annotations

from dataclasses import replace

from pioneer.records import Example

REPLAYED = " replay"


def replayed(row: Example) -> Example:
    """The row, marked; where it came from stays readable."""
    return row if is_replay(row) else replace(row, provenance=row.provenance + REPLAYED)


def is_replay(row: Example) -> bool:
    return row.provenance.endswith(REPLAYED)
