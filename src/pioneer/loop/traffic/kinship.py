"""Which logged calls belong together, to learned rows, or to the sealed test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pioneer.data.groups import groups_of
from pioneer.data.rows import row_key
from pioneer.loop.room import Room
from pioneer.loop.traffic.log import Log
from pioneer.loop.traffic.served import Served, given, rows_of
from pioneer.records import Example


@dataclass(frozen=True, slots=True)
class Kinship:
    """Near-duplicates and calls of one conversation share a group."""

    groups: Mapping[str, str]
    """Of every logged row, by id."""
    learned: frozenset[str]
    """Groups with a row that some version learned from: they never judge."""
    tested: frozenset[str]
    """Groups with a row of the cold start's sealed test: nobody learns from them."""


def kinship(room: Room, log: Log, found: Served) -> Kinship:
    logged = rows_of(room, log.rows)
    learned, tested = list(_named(_learned(room, found))), list(_named(_tested(room, found)))
    groups = groups_of(_distinct([*logged, *learned, *tested]))
    return Kinship(
        {row.id: groups[row.id] for row in logged},
        frozenset(groups[row.id] for row in learned),
        frozenset(groups[row.id] for row in tested),
    )


def strangers(room: Room, log: Log, found: Served, calls: Sequence[Example]) -> dict[str, str]:
    """Of calls that nobody judged, by id, the groups that hold no other row; rows that were learned
    with a correction carried over do not count, for that is done anew each cycle."""
    if not calls:
        return {}
    learned = given(_learned(room, found))
    others = [*rows_of(room, log.rows), *_named([*learned, *_tested(room, found)])]
    groups = groups_of(_distinct([*calls, *others]))
    taken = {groups[row.id] for row in others}
    return {row.id: groups[row.id] for row in calls if groups[row.id] not in taken}


def _learned(room: Room, found: Served) -> list[Example]:
    return [row for name in found.learned for row in rows_of(room, name)]


def _tested(room: Room, found: Served) -> list[Example]:
    return rows_of(room, found.test) if found.test else []


def _named(rows: Iterable[Example]) -> Iterator[Example]:
    """Rows of several data sets, named by what they say: their own ids may be equal. Groups that
    were given with one data set mean nothing in another."""
    return (replace(row, id=f"row {row_key(row)}", group="") for row in rows)


def _distinct(rows: Iterable[Example]) -> list[Example]:
    return list({row.id: row for row in rows}.values())
