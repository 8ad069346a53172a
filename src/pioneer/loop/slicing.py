"""Name the slices of dev and test, from what a cheap probe answered before any training."""

from __future__ import annotations

from pioneer.data.rows import examples_of
from pioneer.data.slices import most_confused, slices
from pioneer.loop.baselines import Baselines
from pioneer.loop.prepare import Prepared
from pioneer.loop.room import Room
from pioneer.records import Example, Prediction

MEANINGS = {
    "typical": "neither negative nor boundary",
    "negative": "belongs to none of the labels",
    "boundary": "a cheap probe hesitates, or has the two most confused labels as its first two",
}


def name_slices(room: Room, prepared: Prepared, baselines: Baselines) -> dict[str, tuple[str, ...]]:
    """Row ids of each slice, of dev and test together; both are cut by their own margins."""
    said: dict[str, Prediction] = {}
    for digest in baselines.answers:
        said |= room.read(dict[str, Prediction], digest)
    train = [row for row in _rows(room, prepared, prepared.train) if row.id in said]
    pairs = most_confused(train, [said[row.id] for row in train])
    named: dict[str, tuple[str, ...]] = {}
    for manifest in (prepared.dev or prepared.train, prepared.test):
        rows = [row for row in _rows(room, prepared, manifest) if row.id in said]
        found = slices(prepared.task, rows, [said[row.id] for row in rows], pairs)
        named = {name: named.get(name, ()) + found.get(name, ()) for name in {*named, *found}}
    return dict(sorted(named.items()))


def _rows(room: Room, prepared: Prepared, digest: str) -> list[Example]:
    with room.workspace.engine.connect() as connection:
        return examples_of(connection, prepared.manifest(room.artifacts, digest))
