"""Parts of a log that can be named without a model, and which of them fail more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from pioneer.diagnosis.findings import Sliced
from pioneer.diagnosis.records import LogRow
from pioneer.diagnosis.weighing import share
from pioneer.records import Ruling
from pioneer.text.language import guess

_FEWEST = 10
"""Rows that a slice needs to be named."""
_VALUES = 12
"""Values that a key of the metadata may have to make slices."""
_TELLING_WORDS = 4
"""Words without which nobody can tell a text's language."""
_TELLING_SHARE = 0.02
"""Rows of another language below this share are as likely misread."""


def slices(rows: Sequence[LogRow]) -> dict[str, tuple[str, ...]]:
    """Ids by slice: length, language, casing, time, metadata, right label."""
    named: dict[str, list[str]] = defaultdict(list)
    for cut in (_lengths(rows), _languages(rows), _times(rows)):
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
    """Every slice against the rest of the log, the likeliest trouble first.

    Where failures are over-sampled, the test stays valid: it looks at the odds ratio, which a
    sampling by outcome leaves as it is. Rates and intervals are weighted.
    """
    from scipy.stats import false_discovery_control, fisher_exact

    by_id = {row.id: row for row in rows}
    failed = {row.id for row in rows if row.ruling is Ruling.FAIL}
    found, raw = [], []
    for name, ids in slices(rows).items():
        wrong = sum(one in failed for one in ids)
        rest, rest_wrong = len(rows) - len(ids), len(failed) - wrong
        if rest < _FEWEST:
            continue
        table = [[wrong, len(ids) - wrong], [rest_wrong, rest - rest_wrong]]
        raw.append(float(fisher_exact(table, alternative="greater").pvalue))
        found.append((name, ids, wrong))
    adjusted = false_discovery_control(raw) if raw else []
    told = [
        Sliced(
            name, len(ids), wrong,
            *share([one in failed for one in ids], [by_id[one].weight for one in ids]),
            float(p),
        )
        for (name, ids, wrong), p in zip(found, adjusted, strict=True)
    ]  # fmt: skip
    return tuple(sorted(told, key=lambda one: (one.p, -one.rate, one.name)))


def _lengths(rows: Sequence[LogRow]) -> Mapping[str, list[str]]:
    order = sorted(rows, key=lambda row: (len(row.input), row.id))
    third = len(order) // 3
    return {
        "length: short": [row.id for row in order[:third]],
        "length: middling": [row.id for row in order[third : len(order) - third]],
        "length: long": [row.id for row in order[len(order) - third :]],
    }


def _languages(rows: Sequence[LogRow]) -> Mapping[str, list[str]]:
    """None where all texts that are long enough to tell are in one."""
    named: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if len(row.input.split()) >= _TELLING_WORDS or not row.input.isascii():
            named[f"language: {guess(row.input)}"].append(row.id)
    least = _TELLING_SHARE * len(rows)
    kept = {name: ids for name, ids in named.items() if len(ids) >= least}
    return kept if len(kept) > 1 else {}


def _times(rows: Sequence[LogRow]) -> Mapping[str, list[str]]:
    """Halves of the log, and its newest tenth: what changed lately."""
    order = sorted((row for row in rows if row.time is not None), key=lambda r: (r.time, r.id))
    if not order:
        return {}
    past = np.cumsum([row.weight for row in order])
    half, tenth = np.searchsorted(past, (0.5 * past[-1], 0.9 * past[-1]), side="right")
    return {
        "time: first half": [row.id for row in order[:half]],
        "time: second half": [row.id for row in order[half:]],
        "time: newest tenth": [row.id for row in order[tenth:]],
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
