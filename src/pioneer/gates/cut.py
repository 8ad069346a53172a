"""Which trusted groups train, which judge, and which stay sealed, over many cycles."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from pioneer.errors import DataError

GATE_SHARE = 0.3
GATE_MOST = 1000
RATCHET_MOST = 1000
SEALED_PERCENT = 10
SEALED_LEAST = 100
FREQUENT = 5
"""A text seen so often is learned from although its group is sealed."""


class Part(StrEnum):
    SEALED = "sealed"
    GATE = "gate"
    RATCHET = "ratchet"
    TRAIN = "train"


_STEPS = (Part.SEALED, Part.GATE, Part.RATCHET, Part.TRAIN)


@dataclass(frozen=True, slots=True)
class Group:
    """A trusted group of the log. `time` only orders groups: a clock may run backwards."""

    name: str
    time: float
    absorbs: tuple[str, ...] = ()
    """Groups of earlier cycles that turned out to belong to this one."""


@dataclass(frozen=True, slots=True)
class Place:
    part: Part
    time: float


def cut(previous: Mapping[str, Place], groups: Iterable[Group]) -> dict[str, Place]:
    """The parts of this cycle: `previous` is what the last cycle's cut returned, or empty.

    A group only moves sealed -> gate or ratchet -> train; what was sealed becomes ratchet, old
    gate groups beyond the newest 1,000 too, and ratchet groups beyond the newest 1,000 train. Of
    the new groups the newest 10 % are sealed if these are 100 or more, 30 % of the rest (by the
    hash of their name) are gate. Groups that merge go where the furthest of them is. Groups of
    `previous` that are no longer trusted keep their place.
    """
    found = _distinct(groups)
    placed = _merged({name: _aged(place) for name, place in previous.items()}, found)
    new = [group for group in found if group.name not in placed]
    sealed = {group.name for group in _newest_part(new)}
    fresh = {group.name: Place(_part(group.name, sealed), group.time) for group in new}
    return _released(_capped({**placed, **fresh}, new=fresh.keys()))


def apart(texts: Iterable[tuple[str, str]], sealed: Collection[str]) -> frozenset[str]:
    """Of (text, group) for every logged row: texts of sealed groups seen 5 times or more.

    They may be learned from, and are scored apart from the sealed rows.
    """
    counts = Counter(text for text, group in texts if group in sealed)
    return frozenset(text for text, count in counts.items() if count >= FREQUENT)


def trains(places: Mapping[str, Place], name: str) -> bool:
    """Whether a group trains, or would by its name if it had a place."""
    return places[name].part is Part.TRAIN if name in places else _hash(name) >= GATE_SHARE


def names(places: Mapping[str, Place], part: Part) -> tuple[str, ...]:
    """The groups of one part, sorted."""
    return tuple(sorted(name for name, place in places.items() if place.part is part))


def _distinct(groups: Iterable[Group]) -> list[Group]:
    found = sorted(groups, key=lambda group: group.name)
    repeated = [name for name, count in Counter(g.name for g in found).items() if count > 1]
    if repeated:
        raise DataError(f"group {repeated[0]!r} is given {len(repeated) + 1} times or more")
    owners = Counter(name for group in found for name in {*group.absorbs, group.name})
    claimed = [name for name, count in owners.items() if count > 1]
    if claimed:
        raise DataError(f"group {claimed[0]!r} is part of two groups")
    return found


def _aged(place: Place) -> Place:
    return replace(place, part=Part.RATCHET) if place.part is Part.SEALED else place


def _merged(placed: dict[str, Place], groups: Sequence[Group]) -> dict[str, Place]:
    for group in groups:
        parts = [placed.pop(name) for name in {group.name, *group.absorbs} if name in placed]
        if parts:
            furthest = max((place.part for place in parts), key=_STEPS.index)
            placed[group.name] = Place(furthest, min(place.time for place in parts))
    return placed


def _newest_part(new: Sequence[Group]) -> Sequence[Group]:
    count = len(new) * SEALED_PERCENT // 100
    return sorted(new, key=_age_of_group)[:count] if count >= SEALED_LEAST else []


def _part(name: str, sealed: Collection[str]) -> Part:
    if name in sealed:
        return Part.SEALED
    return Part.GATE if _hash(name) < GATE_SHARE else Part.TRAIN


def _capped(placed: Mapping[str, Place], new: Collection[str]) -> dict[str, Place]:
    """Gate keeps the newest; a new group that finds no room trains, for it never judged."""
    over = sorted(names(placed, Part.GATE), key=lambda name: age(name, placed[name].time))
    moved = {name: Part.TRAIN if name in new else Part.RATCHET for name in over[GATE_MOST:]}
    return {
        name: replace(place, part=moved.get(name, place.part)) for name, place in placed.items()
    }


def _released(placed: Mapping[str, Place]) -> dict[str, Place]:
    over = sorted(names(placed, Part.RATCHET), key=lambda name: age(name, placed[name].time))
    late = set(over[RATCHET_MOST:])
    return {
        name: replace(place, part=Part.TRAIN) if name in late else place
        for name, place in sorted(placed.items())
    }


def _age_of_group(group: Group) -> tuple[float, float, str]:
    return age(group.name, group.time)


def age(name: str, time: float) -> tuple[float, float, str]:
    """By which groups are sorted, newest first; equal times in an order that no name was chosen
    for."""
    return -time, _hash(f"age {name}"), name


def _hash(name: str) -> float:
    """In [0, 1), even over names."""
    digest = hashlib.sha256(f"gate {name}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
