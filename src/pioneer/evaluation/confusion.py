"""Which labels a model takes for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pioneer.records import RowStat

OTHER = "(other)"
NOTHING = "(no answer)"


@dataclass(frozen=True, slots=True)
class Confusion:
    """A label that was answered with another one; `output` None means no answer."""

    target: str
    output: str | None
    count: int
    share: float
    """Of the target's rows."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts of the worst labels: a row per target, a column per answer.

    Columns are `labels`, then OTHER (any answer not shown), then NOTHING; each row sums to the
    number of rows with that target.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.labels, OTHER, NOTHING)


def confusions(
    stats: Sequence[RowStat], labels: Collection[str], limit: int = 10
) -> tuple[Confusion, ...]:
    """The most frequent confusions, most frequent first. Rows with other targets are left out."""
    rows = _labelled(stats, labels)
    sizes = Counter(stat.target for stat in rows)
    pairs = Counter((stat.target, stat.output) for stat in rows if stat.target != stat.output)
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or ""))
    return tuple(
        Confusion(target, output, count, count / sizes[target])
        for (target, output), count in ordered[:limit]
    )


def confusion_matrix(stats: Sequence[RowStat], labels: Collection[str], limit: int = 12) -> Matrix:
    """The matrix of the labels with the most errors, as target or as answer; worst first.

    Labels without an error are left out, so a perfect model has an empty matrix.
    """
    known = frozenset(labels)
    rows = _labelled(stats, known)
    errors: Counter[str] = Counter()
    for stat in rows:
        if stat.target != stat.output:
            errors.update({stat.target, stat.output or stat.target} & known)
    worst = tuple(sorted(errors, key=lambda label: (-errors[label], label))[:limit])
    column = {label: at for at, label in enumerate(worst)}
    counts = [[0] * (len(worst) + 2) for _ in worst]
    for stat in rows:
        if stat.target in column:
            at = len(worst) + 1 if stat.output is None else column.get(stat.output, len(worst))
            counts[column[stat.target]][at] += 1
    return Matrix(worst, tuple(map(tuple, counts)))


def failures(stats: Sequence[RowStat], labels: Collection[str]) -> dict[str, int]:
    """Wrong rows by target label, the most first; labels without one are left out."""
    wrong = Counter(stat.target for stat in _labelled(stats, labels) if stat.score < 1.0)
    return dict(sorted(wrong.items(), key=lambda item: (-item[1], item[0])))


def _labelled(stats: Sequence[RowStat], labels: Collection[str]) -> list[RowStat]:
    known = frozenset(labels)
    return [stat for stat in stats if stat.target in known]
