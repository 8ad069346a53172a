"""The version that serves, and what its name has learned from and was judged by so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pioneer.curriculum.doubted import is_doubted
from pioneer.data.rows import Manifest, examples_of
from pioneer.errors import ArgumentError, RegistryError
from pioneer.gates.look import Look
from pioneer.loop.room import Room
from pioneer.records import Example
from pioneer.registry.audits import Audit, audits
from pioneer.registry.versions import Version, all_versions, find, history, promoted
from pioneer.traces import store


@dataclass(frozen=True, slots=True)
class Served:
    """What a cycle starts from; fixed when the run begins, so that a resumed run sees the same."""

    version: int
    learned: tuple[str, ...]
    """Manifests of the rows that any version learned from that ever served."""
    test: str | None
    """Manifest of the cold start's sealed test, where no version learned from it."""
    cycles: int
    """Production cycles before this one."""


def served(room: Room, model: str) -> Served:
    """Raises RegistryError for an unknown model, ArgumentError for a version not served."""
    with room.workspace.engine.connect() as connection:
        version = find(connection, model)
        serving = promoted(connection, version.name)
        ever = {line.version for line in history(connection, version.name)}
        family = [one for one in all_versions(connection, version.name) if one.version in ever]
        cycles = len(audits(connection, version.name))
    if serving is None or serving.version != version.version:
        raise ArgumentError(
            f"{version.label} is not served; {serving.label if serving else 'nothing'} is",
            hint=f"`pioneer models promote {version.label}` first, or improve {version.name}",
        )
    if version.checkpoint is None:
        raise RegistryError(f"the weights of {version.label} were deleted")
    learned = sorted({one.card.manifest for one in family})
    return Served(version.version, tuple(learned), _unlearned(room, version, learned), cycles)


def version_of(room: Room, model: str, found: Served) -> Version:
    name = model.partition("@")[0]
    with room.workspace.engine.connect() as connection:
        return find(connection, f"{name}@{found.version}")


def earlier_cycles(room: Room, version: Version, found: Served) -> list[Audit]:
    """Those that had ended when this run began."""
    with room.workspace.engine.connect() as connection:
        return audits(connection, version.name)[: found.cycles]


def last_look(earlier: Sequence[Audit]) -> Look | None:
    """The gate groups that were opened last, by the names that they had then."""
    opened = [audit.opened for audit in earlier if audit.opened]
    return Look(opened[-1]) if opened else None


def rows_of(room: Room, manifest: str) -> list[Example]:
    """The rows of a manifest artefact."""
    with room.workspace.engine.connect() as connection:
        return examples_of(connection, room.read(Manifest, manifest))


def trusted_rows(room: Room, version: Version) -> list[Example]:
    """What the version learned from, as far as it may be trusted."""
    return believed(rows_of(room, version.card.manifest))


def believed(rows: Sequence[Example]) -> list[Example]:
    """Without rows that taught though their label was in doubt, nor corrections carried over."""
    return [row for row in given(rows) if not is_doubted(row)]


def given(rows: Sequence[Example]) -> list[Example]:
    """Without corrections that were carried over: nobody gave them to these very texts."""
    return [row for row in rows if not store.is_carried(row.provenance)]


def _unlearned(room: Room, version: Version, learned: Sequence[str]) -> str | None:
    test = version.card.test
    if test is None or not room.artifacts.has(test):
        return None
    keys = {entry.key for name in learned for entry in room.read(Manifest, name).entries}
    sealed = room.read(Manifest, test).entries
    return None if any(entry.key in keys for entry in sealed) else test
