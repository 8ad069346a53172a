"""Rows that teach although their label is in doubt. They never judge, not even on dev, and what is
learned from them is no reason to trust others."""

from __future__ import annotations

from dataclasses import replace

from pioneer.curriculum.replay import REPLAYED
from pioneer.records import Example

_MARK = " doubted"


def doubted(row: Example) -> Example:
    """The row, marked; where it came from stays readable."""
    return replace(row, provenance=row.provenance + _MARK)


def is_doubted(row: Example) -> bool:
    """Also of one that a later version learns again."""
    return row.provenance.removesuffix(REPLAYED).endswith(_MARK)
