"""Which metric a description asks for, among those that a family knows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pioneer.errors import ArgumentError
from pioneer.families.base import Family
from pioneer.families.spelling import as_known

_EVEN = "macro_f1"
"""Weighs every label alike, however rare: what people mean by 'imbalanced'."""
_RARE = re.compile(
    r"\b(?:im|un)balanced?\b|\bimbalance\b|\bskewed\b|\b(?:very )?rare(?:ly)?\b|\bminority\b"
    r"|\buneven(?:ly)?\b|\blong tail\b|\b(?:every|each|all) (?:label|class|category|intent)e?s? "
    r"(?:counts?|matters?|weighs?)\b",
    re.IGNORECASE,
)


def asked_metric(description: str, family: Family, focus: str | None) -> tuple[str, str]:
    """The metric and why: named, implied, or the default of the kind of task."""
    plain = re.sub(r"[^a-z0-9@]+", "", description.casefold())
    named = [name for name in family.metrics if re.sub(r"[^a-z0-9@]+", "", name) in plain]
    if named:
        return max(named, key=len), "named in the description"
    if _EVEN in family.metrics:
        if focus is not None:
            return _EVEN, f"the recall of {focus!r} counts as much as any other label's"
        if rare := _RARE.search(description):
            return _EVEN, f"the description says '{rare[0]}'"
    return family.default_metric, f"the default for {family.kind.value}"


def checked_metric(metric: str, family: Family, labels: Sequence[str] = ()) -> str:
    """The metric, its label spelled as in the data. Raises ArgumentError if the kind of task knows
    no such metric, or the data no such label."""
    family.aggregate((), metric)
    name, colon, label = metric.partition(":")
    if not colon or not labels:
        return metric
    known = as_known(label, labels)
    if known is None:
        raise ArgumentError(
            f"--metric {metric}: there is no label {label!r}", hint=f"labels: {', '.join(labels)}"
        )
    return f"{name}:{known}"
