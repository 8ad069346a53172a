"""Mixes that come to the same rows are one mix: training twice on the same data tells nothing."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.curriculum.compose import compose
from pioneer.curriculum.evidence import RowEvidence
from pioneer.data.rows import Manifest, examples_of
from pioneer.loop.question import AnyQuestion
from pioneer.loop.room import Room
from pioneer.records import Mix


def distinct_mixes(room: Room, question: AnyQuestion, mixes: Sequence[Mix]) -> tuple[Mix, ...]:
    """The first of all mixes that choose the same train rows."""
    evidence = {row.id: row for row in room.read(tuple[RowEvidence, ...], question.evidence)}
    manifest = room.read(Manifest, question.prepared.train)
    with room.workspace.engine.connect() as connection:
        rows = examples_of(connection, manifest)
    first: dict[tuple[float, tuple[str, ...]], Mix] = {}
    for mix in mixes:
        chosen, _ = compose(mix, rows, evidence, question.family.stratum, question.request.seed)
        first.setdefault((mix.twins, tuple(row.id for row in chosen)), mix)
    return tuple(first.values())
