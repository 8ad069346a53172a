"""Which rows train, which the search may look at, and which stay sealed.

Rows of one group (near-duplicates, repeats, a given `group`) are never parted. What was shipped as
`test` is the sealed test and what was shipped as `validation` is dev, unchanged; train rows whose
group reaches into either are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from pioneer.data.carve import Group, carve, folds
from pioneer.data.groups import groups_of
from pioneer.data.leaks import Leaks, as_repair, leaks_into, remaining_leaks
from pioneer.data.parse import Parts
from pioneer.data.rows import row_key
from pioneer.errors import DataError
from pioneer.families.base import Family, Repair
from pioneer.records import Example

TEST_SHARE = 0.2
DEV_SHARE = 0.2
FOLDS = 5
FEW_ROWS = 50
"""Below so many rows a label (the median over labels) every row is needed to learn from, and dev
is made of out-of-fold answers."""
LARGE_GROUP = 0.01
"""Share of all rows above which a group gets a warning: it may be a chain of neighbours."""


class DevKind(StrEnum):
    HOLDOUT = "holdout"
    OUT_OF_FOLD = "out-of-fold"


@dataclass(frozen=True, slots=True)
class Splits:
    """Ids of every side, sorted. Train shares no group with test or with a held-out dev."""

    train: tuple[str, ...]
    """Rows to learn from. Out of fold, the dev rows are among them."""
    dev: tuple[str, ...]
    """Rows that the search may look at: held out, or the train rows that have a fold."""
    test: tuple[str, ...]
    dev_kind: DevKind
    folds: Mapping[str, int]
    """Fold of each dev row, out of fold; empty for a held-out dev. Train rows without a fold (all
    that there is of some label) are learned from in every fold."""
    test_shipped: bool
    dev_shipped: bool
    groups: Mapping[str, str]
    """Group of every row, of those left out too."""
    leaks: Leaks
    repairs: tuple[Repair, ...] = ()
    """Train rows that were left out, and why."""
    warnings: tuple[str, ...] = ()


def split(
    parts: Parts, family: Family, seed: int, groups: Mapping[str, str] | None = None
) -> Splits:
    """Split by group, balanced over strata: the same for the same rows and seed, in any order.

    `groups` is `groups_of` all rows, made here if it is not given. Raises DataError where there is
    nothing to learn from or nothing to test on.
    """
    if groups is None:
        groups = groups_of([row for part in parts.values() for row in part])
    shipped_dev, shipped_test = parts.get("validation", []), parts.get("test", [])
    given = [*parts.get("train", []), *parts.get("all", [])]
    leaks = leaks_into(given, shipped_dev, shipped_test, groups)
    pool = _without(given, [leak.train for leak in leaks])
    _refuse_empty(given, pool)

    test = shipped_test or carved(pool, family, groups, TEST_SHARE, seed, "test")
    rest = _without(pool, _ids(test))
    out_of_fold = not shipped_dev and few_rows(pool, family)
    if out_of_fold:
        train, repeats = without_repeats(rest)
        numbers = fold_numbers(train, family, groups, seed)
        dev = [row for row in train if row.id in numbers]
    else:
        share = DEV_SHARE * len(pool) / len(rest)
        dev = shipped_dev or carved(rest, family, groups, share, seed, "dev")
        train, repeats = without_repeats(_without(rest, _ids(dev)))
        numbers = {}
    test_groups = {groups[row.id] for row in test}
    return Splits(
        train=_ids(train),
        dev=_ids(dev),
        test=_ids(test),
        dev_kind=DevKind.OUT_OF_FOLD if out_of_fold else DevKind.HOLDOUT,
        folds=dict(sorted(numbers.items())),
        test_shipped=bool(shipped_test),
        dev_shipped=bool(shipped_dev),
        groups=dict(sorted(groups.items())),
        leaks=Leaks(
            train_rows=len(given),
            judged_rows=len(shipped_dev) + len(shipped_test),
            found=tuple(leaks),
            dev_in_test=_ids(row for row in shipped_dev if groups[row.id] in test_groups),
            remaining=remaining_leaks(train, [*test, *([] if out_of_fold else dev)]),
        ),
        repairs=(*map(as_repair, leaks), *repeats),
        warnings=(*_large_groups(groups), *_unlearned(train, [*dev, *test], family)),
    )


def few_rows(pool: Sequence[Example], family: Family) -> bool:
    """Whether the median label has too few rows to hold any out."""
    return median(Counter(map(family.stratum, pool)).values()) < FEW_ROWS


def without_repeats(train: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
    """Of rows that say exactly the same, keep the one with the smallest id."""
    first: dict[str, str] = {}
    repairs = list[Repair]()
    for row in sorted(train, key=lambda row: row.id):
        kept = first.setdefault(row_key(row), row.id)
        if kept != row.id:
            repairs.append(Repair(row.id, "dropped", f"it repeats row {kept}", "repeat"))
    return _without(train, [str(repair.row_id) for repair in repairs]), repairs


def carved(
    rows: Sequence[Example],
    family: Family,
    groups: Mapping[str, str],
    share: float,
    seed: int,
    purpose: str,
) -> list[Example]:
    """The rows of the groups to set aside. Raises DataError where there are none."""
    names = carve(_bundles(rows, family, groups), share, seed, purpose)
    chosen = [row for row in rows if groups[row.id] in names]
    if not chosen:
        raise DataError(
            f"no rows can be set aside as {purpose} set: {len(rows)} rows are too few or too alike",
            hint="give more rows, or ship the set as a file of its own (validation, test)",
        )
    return chosen


def fold_numbers(
    train: Sequence[Example], family: Family, groups: Mapping[str, str], seed: int
) -> dict[str, int]:
    """Fold of every row that can be held out."""
    bundles = _bundles(train, family, groups)
    numbers = folds(bundles, min(FOLDS, len(bundles)), seed)
    if len(set(numbers.values())) < 2:
        raise DataError(
            f"{len(train)} rows are too few or too alike to hold any out",
            hint="give at least 2 rows a label that differ, or a validation file",
        )
    return {row.id: numbers[groups[row.id]] for row in train if groups[row.id] in numbers}


def _bundles(rows: Sequence[Example], family: Family, groups: Mapping[str, str]) -> list[Group]:
    members: dict[str, list[Example]] = {}
    for row in rows:
        members.setdefault(groups[row.id], []).append(row)
    return [
        Group(name, _ids(found), Counter(map(family.stratum, found)))
        for name, found in sorted(members.items())
    ]


def _refuse_empty(given: Sequence[Example], pool: Sequence[Example]) -> None:
    if not given:
        raise DataError("there are no rows to learn from", hint="add a file named train or all")
    if not pool:
        raise DataError(
            "every train row is, or is nearly, a row of the validation or test file",
            hint="the files must hold different rows",
        )


def _large_groups(groups: Mapping[str, str]) -> list[str]:
    sizes = Counter(groups.values())
    limit = max(LARGE_GROUP * len(groups), 5)
    return [
        f"{size} rows are near-duplicates of one another (around row {name}): they stay together"
        for name, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
        if size > limit
    ]


def _unlearned(train: Sequence[Example], judged: Sequence[Example], family: Family) -> list[str]:
    learned = set(family.labels(train))
    unseen = [label for label in family.labels(judged) if label not in learned]
    return [f"label {label!r} has rows to be judged by, but none to learn from" for label in unseen]


def _without(rows: Sequence[Example], ids: Collection[str]) -> list[Example]:
    out = set(ids)
    return [row for row in rows if row.id not in out]


def _ids(rows: Iterable[Example]) -> tuple[str, ...]:
    return tuple(sorted(row.id for row in rows))
