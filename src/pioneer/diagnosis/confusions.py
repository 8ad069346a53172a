"""Which labels the served version takes for which, and how each label errs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pioneer.diagnosis.findings import Confused, Leaning, Leant
from pioneer.diagnosis.records import LogRow
from pioneer.evaluation.intervals import wilson
from pioneer.records import Ruling

SHOWN = 20
_CLEARLY = 2.0
"""How many times more errors of one kind make a label lean that way."""


def failures(rows: Sequence[LogRow]) -> list[LogRow]:
    """The failed rows whose right answer is known."""
    return [row for row in rows if row.ruling is Ruling.FAIL and row.right is not None]


def confusions(rows: Sequence[LogRow]) -> tuple[Confused, ...]:
    """The most frequent confusions, most frequent first."""
    failed = failures(rows)
    weights: Counter[tuple[str | None, str]] = Counter()
    for row in failed:
        weights[row.answered, str(row.right)] += row.weight  # type: ignore[assignment]
    total = sum(weights.values()) or 1.0
    ordered = sorted(weights.items(), key=lambda item: (-item[1], str(item[0])))
    return tuple(
        Confused(
            answered, right, round(weight, 2), weight / total,
            wilson(len(failed) * weight / total, len(failed)),
        )
        for (answered, right), weight in ordered[:SHOWN]
    )  # fmt: skip


def leanings(rows: Sequence[LogRow]) -> tuple[Leant, ...]:
    """Labels by how many errors they have a part in, the most first."""
    missed: Counter[str] = Counter()
    wrongly: Counter[str] = Counter()
    for row in failures(rows):
        missed[str(row.right)] += row.weight  # type: ignore[assignment]
        if row.answered is not None:
            wrongly[row.answered] += row.weight  # type: ignore[assignment]
    names = sorted({*missed, *wrongly}, key=lambda name: (-missed[name] - wrongly[name], name))
    return tuple(
        Leant(name, missed[name], wrongly[name], leaning(missed[name], wrongly[name]))
        for name in names[:SHOWN]
    )


def leaning(missed: float, wrongly: float) -> Leaning:
    if missed >= _CLEARLY * wrongly:
        return Leaning.RECALL
    return Leaning.PRECISION if wrongly >= _CLEARLY * missed else Leaning.BOTH
