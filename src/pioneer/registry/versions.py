"""Register versions and choose the served one. All functions work inside the caller's
transaction, so that a version and its promotion appear together or not at all."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from pioneer.errors import ArgumentError, RegistryError
from pioneer.records import canonical, load
from pioneer.registry.card import VersionCard
from pioneer.store.schema import promotions, versions

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGITS = re.compile(r"[0-9]+")
_LONGEST = 9  # digits of a version number; a database holds no much longer ones

ROLLBACK = "rollback"
"""How a version came to be served again, in its line of promotions."""


@dataclass(frozen=True, slots=True)
class Version:
    name: str
    version: int
    run: str
    created: float
    checkpoint: str | None
    card: VersionCard

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Promotion:
    """One line of who was served since when."""

    name: str
    version: int
    at: float
    how: str
    reason: str


def check_name(name: str) -> str:
    """The name, if a model may be called so."""
    if not _NAME.fullmatch(name):
        raise ArgumentError(
            f"a model name is 1 to 64 letters, digits, '.', '_' or '-', but got {name!r}",
            hint="choose --name NAME",
        )
    return name


def register(
    connection: Connection, name: str, run: str, checkpoint: str, card: VersionCard
) -> Version:
    """Add the next version of a name; the first is 1. A run registers at most one version."""
    made = connection.execute(select(versions).where(versions.c.run == run)).first()
    if made is not None:
        return _version(made)
    row = {
        "name": check_name(name),
        "version": next_number(connection, name, run),
        "run": run,
        "created": time.time(),
        "checkpoint": checkpoint,
        "card": canonical(card),
    }
    connection.execute(insert(versions).values(**row))
    return find(connection, f"{name}@{row['version']}")


def next_number(connection: Connection, name: str, run: str) -> int:
    """The version number that a run has, or will get."""
    made = connection.execute(select(versions.c.version).where(versions.c.run == run)).scalar()
    last = select(func.max(versions.c.version)).where(versions.c.name == name)
    return made or (connection.execute(last).scalar() or 0) + 1


def promote(connection: Connection, version: Version, how: str, reason: str) -> None:
    """Serve this version from now on. Raises RegistryError if its weights are gone."""
    if version.checkpoint is None:
        raise RegistryError(f"the weights of {version.label} were deleted")
    connection.execute(
        insert(promotions).values(
            name=version.name, version=version.version, at=time.time(), how=how, reason=reason
        )
    )


def rollback(connection: Connection, name: str, reason: str) -> Version:
    """Serve again what was served before the present version; once more goes one further back.

    Versions whose weights were deleted are passed over.
    """
    served = _promoted_or_refuse(connection, name)
    for number in _before(history(connection, name)):
        version = find(connection, f"{name}@{number}")
        if version.checkpoint is not None and version != served:
            promote(connection, version, ROLLBACK, reason)
            return version
    raise RegistryError(
        f"no other version that still has its weights was served before {served.label}",
        hint=f"`pioneer models list` shows all; `pioneer models promote {name}@N` serves one",
    )


def _before(lines: Sequence[Promotion]) -> list[int]:
    """What was served before the present version, the latest first; what was undone is left out."""
    served: list[int] = []
    for line in lines:
        if line.how == ROLLBACK:
            del served[-1:]
            while served and served[-1] != line.version:
                del served[-1]
        if not served or served[-1] != line.version:
            served.append(line.version)
    return served[-2::-1]


def promoted(connection: Connection, name: str) -> Version | None:
    """The served version of a name."""
    row = connection.execute(
        select(promotions.c.version)
        .where(promotions.c.name == name)
        .order_by(promotions.c.seq.desc())
        .limit(1)
    ).first()
    return None if row is None else find(connection, f"{name}@{row.version}")


def history(connection: Connection, name: str) -> list[Promotion]:
    """Promotions of a name, oldest first."""
    found = connection.execute(
        select(promotions).where(promotions.c.name == name).order_by(promotions.c.seq)
    ).all()
    return [Promotion(row.name, row.version, row.at, row.how, row.reason) for row in found]


def find(connection: Connection, model: str) -> Version:
    """The version that `NAME@3` names, or the promoted one of `NAME`.

    Raises RegistryError that lists what there is.
    """
    name, at, number = model.partition("@")
    if at and not _DIGITS.fullmatch(number):
        raise ArgumentError(f"a model is NAME or NAME@NUMBER, but got {model!r}")
    if not _NAME.fullmatch(name) or len(number) > _LONGEST:
        raise _unknown(connection, model)
    if not at:
        return _promoted_or_refuse(connection, name)
    row = connection.execute(
        select(versions).where(versions.c.name == name, versions.c.version == int(number))
    ).first()
    if row is None:
        raise _unknown(connection, model)
    return _version(row)


def all_versions(connection: Connection, name: str | None = None) -> list[Version]:
    query = select(versions).order_by(versions.c.name, versions.c.version)
    if name is not None:
        query = query.where(versions.c.name == name)
    return [_version(row) for row in connection.execute(query).all()]


def delete(connection: Connection, version: Version) -> None:
    """Forget the weights; the card stays as the record. Refuses for the served version."""
    served = promoted(connection, version.name)
    if served is not None and served.version == version.version:
        raise RegistryError(
            f"{version.label} is being served", hint="promote another version first"
        )
    connection.execute(
        update(versions)
        .where(versions.c.name == version.name, versions.c.version == version.version)
        .values(checkpoint=None)
    )


def _promoted_or_refuse(connection: Connection, name: str) -> Version:
    version = promoted(connection, name)
    if version is not None:
        return version
    if all_versions(connection, name):
        raise RegistryError(
            f"no version of {name!r} is promoted",
            hint=f"name one, as in {name}@1, or `pioneer models promote {name}@1`",
        )
    raise _unknown(connection, name)


def _unknown(connection: Connection, model: str) -> RegistryError:
    known = sorted({version.label for version in all_versions(connection)})
    there = "there are " + ", ".join(known[:8]) if known else "there is none in this workspace"
    return RegistryError(f"there is no model {model!r}: {there}")


def _version(row: Row[Any]) -> Version:
    card = load(VersionCard, json.loads(row.card))
    return Version(row.name, row.version, row.run, row.created, row.checkpoint, card)
