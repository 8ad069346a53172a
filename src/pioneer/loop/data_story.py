"""What the report says of the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pioneer.data.acquire import Acquired
from pioneer.data.leaks import Leaks
from pioneer.data.splits import DevKind, Splits
from pioneer.families.base import Repair
from pioneer.records import Example, Task
from pioneer.report import record
from pioneer.report.numbers import count
from pioneer.tasks.understand import Understanding

_SHOWN_ROWS = 12
_SHOWN_REASONS = 6


@dataclass(frozen=True, slots=True)
class Found:
    """What was found out while preparing."""

    acquired: Acquired
    understood: Understanding
    task: Task
    mapping: Mapping[str, str]
    repairs: tuple[Repair, ...]
    places: Mapping[str, str]
    """'file:row' of each repaired row, by id."""


def data_report(facts: Found, splits: Splits, rows: Mapping[str, Example]) -> record.DataReport:
    """Sources, repairs, splits and leaks, as the report shows them."""
    acquired, raw = facts.acquired, facts.acquired.raw
    source = record.Source(
        raw.source,
        acquired.origin,
        acquired.why,
        len(raw.rows()),
        facts.mapping,
        licence=_in_short(acquired.licence),
    )
    ignored = tuple(record.Ignored(name, "not a data file") for name in raw.ignored)
    places = {name: row.provenance for name, row in rows.items()} | dict(facts.places)
    leaks = splits.leaks
    return record.DataReport(
        sources=(source,),
        problems=_problems(facts.repairs, places),
        ignored=ignored,
        parts=_parts(splits, rows),
        dev_kind=(
            "out-of-fold over 5 folds of train"
            if splits.dev_kind is DevKind.OUT_OF_FOLD
            else "a hold-out"
        ),
        leaks=_leaks(splits, places),
        leak_check=_leak_check(leaks),
        group_warnings=splits.warnings,
    )


def _in_short(licence: str) -> str:
    """The first sentence of what a card says of its licence."""
    return licence.partition(". ")[0].rstrip(".")[:80]


def _problems(repairs: Sequence[Repair], places: Mapping[str, str]) -> tuple[record.Problem, ...]:
    """Repairs of a kind together, the most frequent first."""
    found: dict[tuple[str, str], list[Repair]] = {}
    for repair in repairs:
        found.setdefault((repair.code, repair.action), []).append(repair)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        record.Problem(
            code,
            action,
            _reasons(members),
            sum(one.row_id is not None for one in members),
            tuple(
                places.get(one.row_id, one.row_id)
                for one in members[:_SHOWN_ROWS]
                if one.row_id is not None
            ),
        )
        for (code, action), members in ordered
    )


def _reasons(repairs: Sequence[Repair]) -> str:
    """The reasons, the most frequent first."""
    counts = Counter(repair.reason for repair in repairs)
    first = [reason for reason, _ in counts.most_common(_SHOWN_REASONS)]
    more = len(counts) - len(first)
    return "; ".join(first) + (f"; and {more} more such reasons" if more else "")


def _parts(splits: Splits, rows: Mapping[str, Example]) -> tuple[record.Part, ...]:
    def part(name: str, names: Sequence[str], origin: str, use: str) -> record.Part:
        groups = {splits.groups[row] for row in names}
        labels = {str(rows[row].target) for row in names if isinstance(rows[row].target, str)}
        return record.Part(name, len(names), len(groups), len(labels), origin, use)

    folded = splits.dev_kind is DevKind.OUT_OF_FOLD
    dev_origin = "out-of-fold" if folded else "shipped" if splits.dev_shipped else "cut"
    test_origin = "shipped" if splits.test_shipped else "cut"
    return (
        part("train", splits.train, "given", "learn"),
        part("dev", splits.dev, dev_origin, "the search looks at it"),
        part("test", splits.test, test_origin, "sealed; read once, after the search"),
    )


def _leak_check(leaks: Leaks) -> str:
    alike = "near-duplicates (Jaccard of character 5-grams at least 0.8)"
    if leaks.judged_rows:
        border = (
            f"{count(leaks.train_rows)} train rows were searched for {alike} of the "
            f"{count(leaks.judged_rows)} shipped dev and test rows"
        )
    else:
        border = f"no dev or test rows were shipped, and the split parted no {alike}"
    after = f"{leaks.remaining} train rows" if leaks.remaining else "no train row"
    verb = "have" if leaks.remaining else "has"
    return f"{border}. Compared afresh by text alone after the split, {after} {verb} one among them"


def _leaks(splits: Splits, places: Mapping[str, str]) -> tuple[record.Leak, ...]:
    found = []
    for part in ("dev", "test"):
        mine = [leak.train for leak in splits.leaks.found if leak.part == part]
        if mine:
            shown = tuple(places.get(name, name) for name in mine[:_SHOWN_ROWS])
            found.append(record.Leak(("train", part), len(mine), "dropped from train", shown))
    both = splits.leaks.dev_in_test
    if both:
        shown = tuple(places.get(name, name) for name in both[:_SHOWN_ROWS])
        found.append(record.Leak(("dev", "test"), len(both), "reported only", shown))
    return tuple(found)
