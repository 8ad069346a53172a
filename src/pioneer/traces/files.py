"""A log file, told by its content and not by its name."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, cast

from pioneer.errors import DataError
from pioneer.traces.lines import BOM, Watched, file_errors
from pioneer.traces.readers import read_csv, read_json, read_jsonl, read_parquet
from pioneer.traces.records import Item

_HEAD = 1 << 16
_SUFFIXES = (".jsonl", ".jsonl.gz", ".json", ".csv", ".parquet")


class Container(StrEnum):
    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


_READERS: dict[Container, Callable[[Watched], Iterator[Item]]] = {
    Container.JSONL: read_jsonl,
    Container.JSON: read_json,
    Container.CSV: read_csv,
}


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file that has been looked into."""

    path: Path
    container: Container
    zipped: bool = False

    def records(
        self, progress: Callable[[float], None] = lambda _share: None
    ) -> Generator[Item, None, None]:
        """All records. Raises DataError where the file as a whole cannot be read."""
        with file_errors(str(self.path)):
            if self.container is Container.PARQUET:
                yield from read_parquet(self.path, progress)
                return
            with self.path.open("rb") as raw:
                size = raw.seek(0, 2)
                raw.seek(0)
                unzipped = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if self.zipped else raw
                limit = None if self.zipped else size
                watched = Watched(unzipped, limit, raw, max(size, 1), progress)
                yield from _READERS[self.container](watched)


def files_of(path: Path) -> tuple[list[Path], list[str]]:
    """The file, or the log files of a folder in order of name and the names of its other files.

    Raises DataError where there is none.
    """
    with file_errors(str(path)):
        if not path.exists():
            raise DataError("no such file or folder", file=str(path))
        if not path.is_dir():
            return [path], []
        inside = sorted(file for file in path.iterdir() if file.is_file())
    logs = [file for file in inside if file.name.lower().endswith(_SUFFIXES)]
    if not logs:
        hint = f"a folder of logs holds {', '.join(_SUFFIXES)}"
        raise DataError("no log file in the folder", file=str(path), hint=hint)
    return logs, [file.name for file in inside if file not in logs]


def look_into(path: Path) -> LogFile:
    """Tell what a file is by its first bytes. Raises DataError for one that is no log."""
    name = str(path)
    with file_errors(name):
        with path.open("rb") as raw:
            head = raw.read(_HEAD)
        if head[:4] == b"PAR1":
            return LogFile(path, Container.PARQUET)
        zipped = head[:2] == b"\x1f\x8b"
        if zipped:
            with gzip.open(path) as stream:
                head = stream.read(_HEAD)
    text = head.removeprefix(BOM).lstrip()
    if not text:
        raise DataError("the file is empty", file=name, hint="it needs at least one row")
    if b"\0" in text.partition(b"\n")[0]:
        raise DataError("the file is binary", file=name, hint="give JSONL, JSON, CSV or Parquet")
    return LogFile(path, _container(text), zipped)


def _container(text: bytes) -> Container:
    """An object in the first line makes JSONL, also a broken one; one that goes on in the next
    line is a document."""
    if text[:1] == b"[":
        return Container.JSON
    if text[:1] != b"{":
        return Container.CSV
    first, newline, rest = text.partition(b"\n")
    goes_on = newline and first.rstrip().endswith((b"{", b"[", b",")) and rest[:1] != b"{"
    return Container.JSON if goes_on else Container.JSONL
