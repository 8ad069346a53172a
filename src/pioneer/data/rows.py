"""The row store, and manifests that refer to it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pioneer.errors import StoreError
from pioneer.records import Example, Span, Target, canonical, content_hash, dump

if TYPE_CHECKING:
    from sqlalchemy import Connection

_BATCH = 500  # bound variables of one statement; SQLite's oldest limit is 999


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a manifest: who it is, and under which key its text lies in the store."""

    id: str
    key: str
    group: str
    provenance: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Which rows, in which order; no text."""

    entries: tuple[Entry, ...]


def row_key(example: Example) -> str:
    """What a row says, hashed: equal for equal input, target and extra, whatever its id."""
    return content_hash([example.input, dump(example.target), dict(example.extra)])


def manifest_of(examples: Iterable[Example]) -> Manifest:
    return Manifest(
        tuple(Entry(row.id, row_key(row), row.group, row.provenance) for row in examples)
    )


def manifest_hash(manifest: Manifest) -> str:
    """Equal for the same rows in the same groups, whatever their order or where they came from."""
    return content_hash(sorted([row.id, row.key, row.group] for row in manifest.entries))


def put(connection: Connection, examples: Iterable[Example]) -> None:
    """Store the rows that are not there yet. The caller commits."""
    from pioneer.store.schema import rows

    wanted = {row_key(row): row for row in examples}
    there = set(_stored(connection, list(wanted)))
    missing = [_columns(key, row) for key, row in sorted(wanted.items()) if key not in there]
    for batch in _batches(missing):
        connection.execute(rows.insert(), list(batch))


def get(connection: Connection, keys: Iterable[str]) -> dict[str, Example]:
    """The rows under these keys, with the key as id; keys that are not stored are left out."""
    stored = _stored(connection, list(dict.fromkeys(keys)))
    return {key: _example(key, columns) for key, columns in stored.items()}


def examples_of(connection: Connection, manifest: Manifest) -> list[Example]:
    """The manifest's rows, in its order. Raises StoreError where one was forgotten."""
    stored = _stored(connection, list({entry.key for entry in manifest.entries}))
    return [_entry_example(entry, stored) for entry in manifest.entries]


def _entry_example(entry: Entry, stored: Mapping[str, Mapping[str, Any]]) -> Example:
    if entry.key not in stored:
        raise StoreError(
            f"row {entry.id} is not in the row store any more",
            hint="it was forgotten; what was derived from it cannot be repeated",
        )
    return _example(entry.id, stored[entry.key], entry.group, entry.provenance)


def _stored(connection: Connection, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    from sqlalchemy import select

    from pioneer.store.schema import rows

    found: dict[str, Mapping[str, Any]] = {}
    for batch in _batches(keys):
        query = select(rows).where(rows.c.key.in_(batch))
        found |= {line["key"]: dict(line) for line in connection.execute(query).mappings()}
    return found


def _columns(key: str, example: Example) -> dict[str, str]:
    return {
        "key": key,
        "input": example.input,
        "target": canonical(example.target),
        "extra": canonical(dict(example.extra)),
    }


def _example(
    name: str, columns: Mapping[str, Any], group: str = "", provenance: str = ""
) -> Example:
    target = _target(json.loads(columns["target"]))
    extra = json.loads(columns["extra"])
    return Example(name, columns["input"], target, group, provenance, extra)


def _target(value: Any) -> Target:
    return value if isinstance(value, str) else tuple(Span(**span) for span in value)


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))
