"""Old gate groups make room, so that the new ones are enough of them for another look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from pioneer.gates.cut import Part, Place, age, names
from pioneer.gates.look import NEW_PERCENT, Look
from pioneer.gates.power import groups_needed


def renewed(
    places: Mapping[str, Place], present: Collection[str], last: Look | None
) -> dict[str, Place]:
    """The oldest groups of the last look become ratchet rows, as they would above 1,000 gate
    groups, until 30 % are new. Never more than half of them, and not where what is left could not
    show a gain of five points. `present` are the groups that can be asked now; others keep their
    place."""
    gate = [name for name in names(places, Part.GATE) if name in present]
    known = set(last.groups) if last else set()
    old = sorted((name for name in gate if name in known), key=lambda n: age(n, places[n].time))
    room = 100 * (len(gate) - len(old)) // NEW_PERCENT
    if room >= len(gate) or room < max(groups_needed(), len(gate) / 2):
        return dict(places)
    retired = set(old[room - len(gate) :])
    return {
        name: replace(place, part=Part.RATCHET) if name in retired else place
        for name, place in places.items()
    }
