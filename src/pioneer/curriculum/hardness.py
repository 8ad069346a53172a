"""Which rows are hard: answered wrong or narrowly, though their label is not in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from pioneer.curriculum.evidence import RowEvidence
from pioneer.records import Example

_NARROW = 0.3
"""The widest margin of a hard row. Where a model is unsure of everything, the median margin is
the border instead, so that at most half of the rows are hard."""


def hard_ids(examples: Sequence[Example], evidence: Mapping[str, RowEvidence]) -> frozenset[str]:
    """Ids of the hard rows. Rows without evidence, and suspects, never are."""
    trusted = [
        evidence[row.id] for row in examples if row.id in evidence and not evidence[row.id].suspect
    ]
    if not trusted:
        return frozenset()
    border = min(_NARROW, median(known.margin for known in trusted))
    return frozenset(known.id for known in trusted if known.margin < border)
