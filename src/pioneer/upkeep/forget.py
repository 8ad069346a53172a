"""Forget a trace: here, and wherever something was made of it."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, select

from pioneer.data.rows import Manifest
from pioneer.encoding.memory import Memory
from pioneer.families import family
from pioneer.records import load
from pioneer.registry.marks import RETRAIN, mark
from pioneer.registry.versions import Version, all_versions
from pioneer.store.schema import rows
from pioneer.store.workspace import Workspace
from pioneer.traces import reading, store

_TELLING = 8
"""Characters; a shorter text stands in every report."""


def forget(workspace: Workspace, trace: str, name: str | None) -> dict[str, Any]:
    """Delete a trace with its verdicts, the rows made from it, what caches know of its texts, and
    mark the versions that learned from it. Raises RegistryError where there is none.

    Rows whose very text also came from elsewhere (the user's data, another trace) stay. Reports of
    runs may quote a text: those that do are named, and are left to the user.
    """
    with workspace.engine.begin() as connection:
        _erase(connection)
        model, seq, found = reading.find(connection, trace, name)
        own, shared = store.derived_keys(connection, seq)
        versions = all_versions(connection)
        scan = _scan(workspace, versions, model, trace, own)
        gone = own - shared - scan.elsewhere
        texts = _texts(connection, gone) | {found.input}
        for key in sorted(gone):
            connection.execute(delete(rows).where(rows.c.key == key))
        heirs = _heirs(versions, scan.trained)
        for version in scan.trained:
            mark(connection, version, RETRAIN, "it learned from a trace that was forgotten")
        for version in heirs:
            mark(connection, version, RETRAIN, "it may hold what one before it learned")
        others = store.remove(connection, model, seq, trace)
        for cache in sorted(workspace.cache.glob("*.db")):
            Memory(cache).forget(sorted(texts))
    _empty_log(workspace.engine)
    return {
        "model": model,
        "id": trace,
        "rows": len(gone),
        "rows_kept": len(own - gone),
        "marked": [version.label for version in (*scan.trained, *heirs)],
        "same_text": others,
        "quoted_in": quoting(workspace.root / "runs", found.input),
    }


def _erase(connection: Connection) -> None:
    """SQLite overwrites what is deleted, if told so. Other databases have their own ways."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def _empty_log(engine: Engine) -> None:
    """What SQLite has written ahead goes into the database, and the log is cut to nothing."""
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()


@dataclass(frozen=True, slots=True)
class _Scan:
    """What the manifests of all versions say of a trace and of the keys made from it."""

    trained: list[Version]
    elsewhere: set[str]
    """Keys that stand in a manifest as rows of another origin."""


def _scan(
    workspace: Workspace, versions: Sequence[Version], name: str, trace: str, own: set[str]
) -> _Scan:
    trained, elsewhere = [], set()
    for version in versions:
        learned = False
        for digest in (version.card.manifest, version.card.test):
            if digest is None or not workspace.artifacts.has(digest):
                continue
            for entry in load(Manifest, workspace.artifacts.get_json(digest)).entries:
                if version.name == name and _made_from(entry.provenance, name, trace):
                    learned = True
                elif entry.key in own and not store.made_from(entry.provenance):
                    elsewhere.add(entry.key)
        if learned:
            trained.append(version)
    return _Scan(trained, elsewhere)


def _made_from(provenance: str, name: str, trace: str) -> bool:
    """Whether a row has its text or its answer from this trace of that model."""
    return store.made_from(provenance, trace) or store.is_carried(provenance, name, trace)


def _heirs(versions: Sequence[Version], trained: Sequence[Version]) -> list[Version]:
    """Other versions that may go on with what such a one learned, directly or over others."""
    tainted = {(version.name, version.version) for version in trained}
    found = []
    for version in sorted(versions, key=lambda one: (one.name, one.version)):
        card, own = version.card, (version.name, version.version)
        kept = family(card.task.kind).inherits(card.recipe)
        if own not in tainted and kept and (version.name, card.parent) in tainted:
            tainted.add(own)
            found.append(version)
    return found


def _texts(connection: Connection, keys: set[str]) -> set[str]:
    return {
        text
        for part in store.batches(sorted(keys))
        for text in connection.execute(select(rows.c.input).where(rows.c.key.in_(part))).scalars()
    }


def quoting(folder: Path, text: str) -> list[str]:
    """Files of run reports that hold a text: as it is, as JSON or as HTML."""
    if len(text) < _TELLING:
        return []
    forms = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    sought = [form.encode("utf-8", "replace") for form in (*forms, html.escape(text)) if form]
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            content = file.read_bytes()
            if any(form in content for form in sought):
                found.append(str(file))
    return found
