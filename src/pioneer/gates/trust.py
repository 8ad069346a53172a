"""Which judged rows may be learned from and judged by, and which must be asked about first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

KEEP = "keep"
ROWS_LEAST = 5
PERCENT_LEAST = 50
LEVEL = 0.01
SHIFT_MOST = 5.0
"""As how many times commoner than in trusted data a label counts at most."""
VANISHED = 10.0
"""Times rarer than in trusted data at which a label is thought to be corrected away, not rare."""

Confusions: TypeAlias = Mapping[tuple[str, str], int]
"""(answered, right) -> rows, those answered right among them; of trusted data, out of fold."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A logged row with its verdict and what triage decided about it."""

    id: str
    group: str
    time: float
    human: bool
    """Whether a human gave the verdict."""
    decision: str
    """Of triage, made before any candidate trains: keep | relabel | drop | ask."""
    answered: str = ""
    corrected: str | None = None
    """The right label as the judge gave it; None or `answered` where the answer stood."""


@dataclass(frozen=True, slots=True)
class Contested:
    """A label that the log corrects to another more often than trusted data explain."""

    answered: str
    corrected: str
    groups: tuple[str, ...]
    """The groups so corrected: they leave train and gate and go to review."""
    answers: int
    """Groups that were answered so."""
    p: float | None
    """One-sided Fisher test against out-of-fold confusions, with the label's shift; None where no
    trusted row tells."""


def trusted(rows: Iterable[Judged], contested: Iterable[Contested] = ()) -> tuple[Judged, ...]:
    """One row for each group that is kept and not contested, sorted by group."""
    left = {group for found in contested for group in found.groups}
    return tuple(row for row in speakers(rows) if row.decision == KEEP and row.group not in left)


def speakers(rows: Iterable[Judged]) -> tuple[Judged, ...]:
    """The row that counts for each group: a human verdict first, else the earliest."""
    first: dict[str, Judged] = {}
    for row in sorted(rows, key=lambda row: (row.group, not row.human, row.time, row.id)):
        first.setdefault(row.group, row)
    return tuple(first.values())


def contested(rows: Iterable[Judged], confusions: Confusions) -> tuple[Contested, ...]:
    """Corrections of one label to another that look like a changed meaning, or like poison.

    At least 5, and half of all groups answered so; and unlike what trusted data show (Fisher,
    p <= 1 %), or nothing trusted was answered so: then it cannot be told and is asked. Where the
    label is commoner in the log than in trusted data, so are errors on its rows.
    """
    found = speakers(rows)
    answers = Counter(row.answered for row in found)
    pairs = Counter(_pair(row) for row in found)
    asked = []
    for (answered, corrected), count in sorted(pairs.items()):
        of = answers[answered]
        few = count < ROWS_LEAST or 100 * count < PERCENT_LEAST * of
        if few or answered == corrected:
            continue
        groups = tuple(row.group for row in found if _pair(row) == (answered, corrected))
        shift = shifted(answered, corrected, pairs, confusions)
        p = against(count, of, answered, corrected, confusions, shift)
        if p is None or p <= LEVEL:
            asked.append(Contested(answered, corrected, groups, of, p))
    return tuple(asked)


def shifted(answered: str, corrected: str, pairs: Confusions, trusted: Confusions) -> float:
    """How many times commoner the label `corrected` is among the log's `pairs` than in trusted
    data, as odds, 1 to 5, beside what the label `answered` is commoner. Corrections to it have no
    say, for they are what is in question. 1 where no trusted row has one of the two, or where the
    label `answered` has all but vanished from the log, for then its meaning may be what changed."""
    told = {
        (answer, right): rows
        for (answer, right), rows in pairs.items()
        if right != corrected or answer == corrected
    }

    def commoner(label: str) -> float:
        theirs = _odds(trusted, label)
        return _odds(told, label) / theirs if theirs else 0.0

    beside = commoner(answered)
    if beside < 1 / VANISHED:
        return 1.0
    return min(SHIFT_MOST, max(1.0, commoner(corrected) / max(1.0, beside)))


def _odds(counts: Confusions, label: str) -> float:
    own = sum(rows for (_, right), rows in counts.items() if right == label)
    return own / (sum(counts.values()) - own + 0.5)


def against(
    count: int,
    answers: int,
    answered: str,
    corrected: str,
    confusions: Confusions,
    shift: float = 1.0,
) -> float | None:
    """How easily trusted data would confuse so many of so many answers, if the odds of the right
    label are `shift` times theirs: Fisher's exact test of that odds ratio. None without any."""
    from scipy.stats import nchypergeom_fisher

    known = sum(rows for (label, _), rows in confusions.items() if label == answered)
    if not known:
        return None
    confused = confusions.get((answered, corrected), 0)
    corrections = count + confused
    return float(nchypergeom_fisher.sf(count - 1, answers + known, corrections, answers, shift))


def _pair(row: Judged) -> tuple[str, str]:
    return row.answered, row.answered if row.corrected is None else row.corrected
