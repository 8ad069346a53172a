"""Parts of a log that can be named without a model, and which of them fail more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from pioneer.diagnosis.findings import Sliced
from pioneer.diagnosis.records import LogRow
from pioneer.evaluation.intervals import wilson
from pioneer.records import Ruling

_FEWEST = 10
"""Rows that a slice needs to be named."""
_VALUES = 12
"""Values that a key of the metadata may have to make slices."""


def slices(rows: Sequence[LogRow]) -> dict[str, tuple[str, ...]]:
    """Ids by slice: length, casing, time, metadata, right label."""
    named: dict[str, list[str]] = defaultdict(list)
    for cut in (_lengths(rows), _times(rows)):
        for name, ids in cut.items():
            named[name] += ids
    for row in rows:
        named[f"casing: {_casing(row.input)}"].append(row.id)
        if row.right is not None:
            named[f"label: {row.right}"].append(row.id)
    for key in _keys(rows):
        for row in rows:
            if key in row.metadata:
                named[f"{key}: {str(row.metadata[key])[:40]}"].append(row.id)
    return {name: tuple(sorted(ids)) for name, ids in sorted(named.items()) if len(ids) >= _FEWEST}


def sliced(rows: Sequence[LogRow]) -> tuple[Sliced, ...]:
    """Every slice against the rest of the log, the likeliest trouble first."""
    from scipy.stats import false_discovery_control, fisher_exact

    failed = {row.id for row in rows if row.ruling is Ruling.FAIL}
    found, raw = [], []
    for name, ids in slices(rows).items():
        wrong = sum(one in failed for one in ids)
        rest, rest_wrong = len(rows) - len(ids), len(failed) - wrong
        if rest < _FEWEST:
            continue
        table = [[wrong, len(ids) - wrong], [rest_wrong, rest - rest_wrong]]
        raw.append(float(fisher_exact(table, alternative="greater").pvalue))
        found.append((name, len(ids), wrong))
    adjusted = false_discovery_control(raw) if raw else []
    told = [
        Sliced(name, count, wrong, wrong / count, wilson(wrong, count), float(p))
        for (name, count, wrong), p in zip(found, adjusted, strict=True)
    ]
    return tuple(sorted(told, key=lambda one: (one.p, -one.rate, one.name)))


def _lengths(rows: Sequence[LogRow]) -> Mapping[str, list[str]]:
    order = sorted(rows, key=lambda row: (len(row.input), row.id))
    third = len(order) // 3
    return {
        "length: short": [row.id for row in order[:third]],
        "length: middling": [row.id for row in order[third : len(order) - third]],
        "length: long": [row.id for row in order[len(order) - third :]],
    }


def _times(rows: Sequence[LogRow]) -> Mapping[str, list[str]]:
    order = sorted((row for row in rows if row.time is not None), key=lambda r: (r.time, r.id))
    half = len(order) // 2
    return {
        "time: first half": [row.id for row in order[:half]],
        "time: second half": [row.id for row in order[half:]],
    }


def _casing(text: str) -> str:
    letters = [char for char in text if char.isalpha()]
    if not letters or not any(char.isupper() for char in letters):
        return "lower"
    return "upper" if all(char.isupper() for char in letters) else "mixed"


def _keys(rows: Sequence[LogRow]) -> list[str]:
    """Keys of the metadata with few distinct plain values."""
    values: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for key, value in row.metadata.items():
            if isinstance(value, str | int | bool):
                values[str(key)][str(value)] += 1
    return sorted(key for key, counts in values.items() if 2 <= len(counts) <= _VALUES)
