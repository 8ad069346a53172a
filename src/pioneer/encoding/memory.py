"""A cache from text to bytes in one SQLite file, shared by all workers of a workspace.

Keys are hashes, so the file holds no text; a row can be forgotten one by one; a process that is
killed while it writes leaves what was there before.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from pioneer.errors import StoreError

_TABLE = "CREATE TABLE IF NOT EXISTS memory (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
_CHUNK = 500
"""Keys per query; SQLite allows few variables."""
_PATIENCE = 120.0
"""Seconds to wait while another worker writes."""


def key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class Memory:
    """What is known of texts. Raises StoreError when the file cannot be read or written."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def recall(self, texts: Sequence[str]) -> dict[str, bytes]:
        """The values of those texts that have one."""
        if not self._file.is_file():
            return {}
        names = {key(text): text for text in texts}
        keys = list(names)
        found: dict[str, bytes] = {}
        with self._open() as database:
            for start in range(0, len(keys), _CHUNK):
                part = keys[start : start + _CHUNK]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, value FROM memory WHERE key IN ({marks})"  # noqa: S608
                found.update({names[k]: v for k, v in database.execute(query, part)})
        return found

    def remember(self, values: Mapping[str, bytes]) -> None:
        """Keep values, all or none. A text that has one already keeps it."""
        with self._open() as database, database:
            rows = ((key(text), value) for text, value in values.items())
            database.executemany("INSERT OR IGNORE INTO memory VALUES (?, ?)", rows)

    def forget(self, texts: Sequence[str]) -> None:
        """Drop what is known of texts."""
        if self._file.is_file():
            with self._open() as database, database:
                rows = ((key(text),) for text in texts)
                database.executemany("DELETE FROM memory WHERE key = ?", rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._file, timeout=_PATIENCE)) as database:
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute("PRAGMA secure_delete = ON")
                database.execute(_TABLE)
                yield database
        except (OSError, sqlite3.Error) as error:
            hint = "free some space or delete this cache file: it will be rebuilt"
            raise StoreError(f"cache: {error}", file=str(self._file), hint=hint) from error
