"""Which rows the first version learns from, which are logged, and which are reported on.

All of it is settled by group before anything is perturbed, so that no arm sees a near-duplicate of
a row that it is judged on.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pioneer.bench.adaptft.presets import Scenario
from pioneer.data.clean import clean
from pioneer.data.columns import map_columns
from pioneer.data.folder import read_folder
from pioneer.data.groups import groups_of
from pioneer.data.parse import Parts, parse_rows
from pioneer.data.splits import carved
from pioneer.errors import DataError
from pioneer.families.base import Family
from pioneer.families.lots import lot
from pioneer.records import Example

REPORT_SHARE = 0.25
"""Of the groups, where the folder has no test of its own."""
UNLOGGED_SHARE = 0.3
"""Calls of a stage that are judged, by those that are logged."""
REPORT_MOST = 1000
"""Report rows, drawn by lot where there are more: each is judged as it is and perturbed."""


@dataclass(frozen=True, slots=True)
class Rows:
    clean: tuple[Example, ...]
    """What the first version learns from."""
    tested: tuple[Example, ...]
    """The first version's own sealed test, one row a label where there are any left: with one of
    its own, it learns from every clean row."""
    stages: tuple[tuple[Example, ...], ...]
    """Source rows of each stage's log."""
    unlogged: tuple[tuple[Example, ...], ...]
    """Source rows of calls of each stage that are judged, and never logged."""
    reserve: tuple[Example, ...]
    """Never logged; random augmentation draws from them."""
    report: tuple[Example, ...]
    """Never logged, seen by no arm."""


def rows(scenario: Scenario, chosen: Family, seed: int) -> Rows:
    """The rows of a scenario for a seed, each with its group. Raises DataError where the data set
    has too few, and as for any data folder."""
    parts = labelled(scenario, chosen)
    groups = groups_of([row for part in parts.values() for row in part])
    grouped = {
        name: [replace(row, group=groups[row.id]) for row in part] for name, part in parts.items()
    }
    report = grouped.pop("test", None)
    pool = [row for part in grouped.values() for row in part]
    if report is None:
        report = carved(pool, chosen, groups, REPORT_SHARE, seed, "report")
    if not report:
        raise DataError("no row is left to report on", file=scenario.data)
    judged = {row.group for row in report}
    left = [row for row in pool if row.group not in judged]
    return _dealt(scenario, chosen, left, report, seed)


def labelled(scenario: Scenario, chosen: Family) -> Parts:
    """The rows that can be used, by the part of the data folder that they stand in."""
    mapped, _ = map_columns(read_folder(scenario.data), chosen, {})
    parts, _ = clean(parse_rows(mapped, chosen), chosen)
    if not scenario.labels:
        return parts
    kept = {
        name: [row for row in part if chosen.stratum(row) in scenario.labels]
        for name, part in parts.items()
    }
    missing = set(scenario.labels) - {chosen.stratum(row) for part in kept.values() for row in part}
    if missing:
        raise DataError(f"no row has the label {min(missing)!r}", file=scenario.data)
    return kept


def _dealt(
    scenario: Scenario, chosen: Family, pool: Sequence[Example], report: list[Example], seed: int
) -> Rows:
    """Whole groups by lot: clean rows first, label by label, then the first version's test, then
    stage after stage, and the unlogged calls of each."""
    order = _by_lot(pool, seed)
    clean_rows = _clean(scenario, chosen, order)
    used = {row.group for row in clean_rows}
    tested = _one_each(chosen, [members[0] for members in order if members[0].group not in used])
    used |= {row.group for row in tested}
    queue = [members for members in order if members[0].group not in used]
    judged_most = math.ceil(scenario.rows_per_stage * UNLOGGED_SHARE)
    stages = tuple(_taken(queue, scenario.rows_per_stage) for _ in scenario.stages)
    unlogged = tuple(_taken(queue, judged_most) for _ in scenario.stages)
    if len(unlogged[-1]) < judged_most:
        wanted = (scenario.rows_per_stage + judged_most) * len(scenario.stages)
        raise DataError(
            f"too few rows: {wanted} are needed for calls that are logged or judged",
            file=scenario.data,
            hint=f"besides {len(used)} for the first version; --rows-per-stage takes fewer",
        )
    reserve = tuple(row for members in queue for row in members)
    judged = sorted(report, key=lambda row: lot(0, f"report {row.id}"))[:REPORT_MOST]
    return Rows(tuple(clean_rows), tested, stages, unlogged, reserve, tuple(judged))


def _taken(queue: list[list[Example]], count: int) -> tuple[Example, ...]:
    """So many rows, in whole groups from the front; what is over of the last one is nobody's."""
    found: list[Example] = []
    while queue and len(found) < count:
        found += queue.pop(0)
    return tuple(found[:count])


def _clean(scenario: Scenario, chosen: Family, order: Sequence[Sequence[Example]]) -> list[Example]:
    """One row a group, as many a label as the scenario says."""
    found: dict[str, list[Example]] = defaultdict(list)
    for members in order:
        label = chosen.stratum(members[0])
        if len(found[label]) < scenario.clean_rows:
            found[label].append(members[0])
    wanted = {*scenario.labels, *found}
    few = [label for label in wanted if len(found[label]) < scenario.clean_rows]
    if few:
        raise DataError(
            f"label {min(few)!r} has fewer than {scenario.clean_rows} rows", file=scenario.data
        )
    return [row for label in sorted(found) for row in found[label]]


def _one_each(chosen: Family, rows: Iterable[Example]) -> tuple[Example, ...]:
    """The first of each label."""
    found: dict[str, Example] = {}
    for row in rows:
        found.setdefault(chosen.stratum(row), row)
    return tuple(found[label] for label in sorted(found))


def _by_lot(pool: Iterable[Example], seed: int) -> list[list[Example]]:
    members: dict[str, list[Example]] = defaultdict(list)
    for row in sorted(pool, key=lambda row: row.id):
        members[row.group].append(row)
    return [members[name] for name in sorted(members, key=lambda name: lot(seed, name))]
