"""The curriculum of a cycle: what the log taught, and what the parent had learned from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from pioneer.curriculum.doubted import is_doubted
from pioneer.curriculum.replay import replayed
from pioneer.data.rows import manifest_hash, manifest_of, put
from pioneer.data.splits import FEW_ROWS, fold_numbers
from pioneer.families import family
from pioneer.families.lots import lot
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.loop.traffic.kinship import Kinship
from pioneer.loop.traffic.log import Log, facts_of
from pioneer.loop.traffic.parts import Parts
from pioneer.loop.traffic.served import given, rows_of
from pioneer.records import Example, Ruling, Task
from pioneer.registry.versions import Version
from pioneer.text.normal import normalise

DEV_SHARE = 0.15
_DEV_GROUPS = 100
"""Held-out dev needs as many; with fewer, dev is out of fold."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """What the search learns from and is scored on. Dev holds logged rows only, for they are what
    the version will serve."""

    task: Task
    train: str
    dev: str | None
    folds: str
    """Fold of each logged row that no version knows, where dev is out of fold."""
    all: str
    """What ships learns from these: train and dev."""
    inspection: str
    """Fold of every row, for evidence about each."""
    rows_train: int
    rows_dev: int
    rows_all: int
    counts: Mapping[str, int]
    """corrected | confirmed | replay | probes | propagated"""
    data_hash: str

    @property
    def out_of_fold(self) -> bool:
        return self.dev is None


def lessons(
    room: Room,
    request: Improve,
    version: Version,
    log: Log,
    kin: Kinship,
    parts: Parts,
    small: bool,
) -> Lessons:
    """Corrected and confirmed rows of the log, the parent's rows that the log says nothing about,
    unjudged calls with a correction carried over and, where dev is held out, probes that failed.
    These two and doubted rows are learned from, but never asked on dev. Of a `small` log all rows
    are asked out of fold. Raises DataError where too few are left to hold any out."""
    chosen = family(version.card.task.kind)
    taught = rows_of(room, parts.train)
    facts = facts_of(room, log)
    learned = rows_of(room, version.card.manifest)
    carried = rows_of(room, parts.propagated) if parts.propagated else []
    said = [*taught, *carried]
    unsaid = [] if "replay" in request.without else _unsaid(learned, said, set(facts))
    replay = [replayed(row) for row in unsaid]
    sure = [row for row in taught if not is_doubted(row)]
    fresh = [row for row in sure if row.group not in kin.learned]
    held = set() if small else _held_out(fresh, request.seed)
    probes = rows_of(room, parts.probes) if parts.probes and held else []
    rows = sorted([*said, *replay, *probes], key=lambda row: row.id)
    groups = {row.id: row.group or row.id for row in rows}
    inspection = fold_numbers(rows, chosen, groups, request.seed)
    dev = [row for row in sure if row.group in held]
    train = [row for row in rows if row.group not in held]
    folds = {} if held else fold_numbers(fresh, chosen, groups, request.seed)
    with room.workspace.engine.begin() as connection:
        put(connection, replay)

    def manifest(rows: Iterable[Example]) -> str:
        return room.artifacts.put_json(manifest_of(rows))

    return Lessons(
        task=version.card.task,
        train=manifest(train),
        dev=manifest(dev) if held else None,
        folds=room.artifacts.put_json(folds),
        all=manifest(rows),
        inspection=room.artifacts.put_json({row.id: inspection[row.id] for row in train}),
        rows_train=len(train),
        rows_dev=len(dev) or len(folds),
        rows_all=len(rows),
        counts=_counts(taught, {name: fact.ruling for name, fact in facts.items()})
        | {"replay": len(replay), "probes": len(probes), "propagated": len(carried)},
        data_hash=manifest_hash(manifest_of(rows)),
    )


def _unsaid(learned: Sequence[Example], said: Sequence[Example], logged: set[str]) -> list[Example]:
    """The parent's rows without those of which the log speaks, and without corrections that were
    carried over: both are judged anew each cycle."""
    texts = {normalise(row.input) for row in said}
    return [
        row for row in given(learned) if row.id not in logged and normalise(row.input) not in texts
    ]


def _held_out(fresh: Sequence[Example], seed: int) -> set[str]:
    """Groups of dev; none where every row is needed to learn from."""
    labels = Counter(str(row.target) for row in fresh)
    if not labels or median(labels.values()) < FEW_ROWS:
        return set()
    held = {row.group for row in fresh if lot(seed, f"dev {row.group}") < DEV_SHARE}
    return held if len(held) >= _DEV_GROUPS else set()


def _counts(taught: Sequence[Example], rulings: Mapping[str, Ruling]) -> dict[str, int]:
    corrected = sum(rulings[row.id] is Ruling.FAIL for row in taught)
    return {"corrected": corrected, "confirmed": len(taught) - corrected}
