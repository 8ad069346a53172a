"""Which of several equal rows of a file this one is."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from types import TracebackType

_BATCH = 500


class Ordinals:
    """Counts equal rows over a whole file, however long, on disk: SQLite's nameless database is a
    temporary file that nobody else sees, and it stays in memory while it is small."""

    def __enter__(self) -> Ordinals:
        self._seen = sqlite3.connect("")
        self._seen.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seen.close()

    def number(self, keys: Sequence[str]) -> list[int]:
        """1 for a row that was not seen before, 2 for the next that equals it, and so on."""
        counts = self._before(list(dict.fromkeys(keys)))
        numbered = []
        for key in keys:
            counts[key] += 1
            numbered.append(counts[key])
        self._seen.executemany("REPLACE INTO seen VALUES (?, ?)", list(counts.items()))
        return numbered

    def _before(self, keys: Sequence[str]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for start in range(0, len(keys), _BATCH):
            part = keys[start : start + _BATCH]
            marks = ",".join("?" * len(part))
            query = f"SELECT key, n FROM seen WHERE key IN ({marks})"  # noqa: S608
            counts.update(dict(self._seen.execute(query, part)))
        return counts
