"""Which labels the served version takes for which, and how each label errs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from pioneer.diagnosis.findings import Confused, Leaning, Leant
from pioneer.diagnosis.records import LogRow
from pioneer.diagnosis.weighing import share
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
    weights = [row.weight for row in failed]
    pairs = [(row.answered, str(row.right)) for row in failed]
    members: dict[tuple[str | None, str], list[float]] = defaultdict(list)
    for pair, weight in zip(pairs, weights, strict=True):
        members[pair].append(weight)
    order = sorted(members.items(), key=lambda item: (-sum(item[1]), str(item[0])))
    return tuple(
        Confused(
            answered, right, len(own), round(sum(own), 2),
            *share([pair == (answered, right) for pair in pairs], weights),
        )
        for (answered, right), own in order[:SHOWN]
    )  # fmt: skip


def leanings(rows: Sequence[LogRow]) -> tuple[Leant, ...]:
    """All labels by how many errors they have a part in, the most first."""
    missed: Counter[str] = Counter()
    wrongly: Counter[str] = Counter()
    for row in failures(rows):
        missed[str(row.right)] += row.weight  # type: ignore[assignment]
        if row.answered is not None:
            wrongly[row.answered] += row.weight  # type: ignore[assignment]
    names = sorted({*missed, *wrongly}, key=lambda name: (-missed[name] - wrongly[name], name))
    return tuple(
        Leant(
            name,
            round(missed[name], 2),
            round(wrongly[name], 2),
            leaning(missed[name], wrongly[name]),
        )
        for name in names
    )


def leaning(missed: float, wrongly: float) -> Leaning:
    if missed >= _CLEARLY * wrongly and missed:
        return Leaning.RECALL
    return Leaning.PRECISION if wrongly >= _CLEARLY * missed and wrongly else Leaning.BOTH
