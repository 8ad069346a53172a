"""A log file as numbered lines or pieces of text, and where it ends.

A file is read as long as it was when it was opened; what is appended meanwhile is for the next
import. Memory is bounded by the longest record.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from pioneer.errors import DataError
from pioneer.traces.records import Broken, Skipped

MAX_RECORD = 10_000_000
"""Bytes; a longer line is no call of a small model."""
BOM = b"\xef\xbb\xbf"
UNFINISHED = "the last line is unfinished: the file is still being written"
_CHUNK = 1 << 16
_TELL_EVERY = 1 << 22
_LONGEST_CHARACTER = 4


@contextmanager
def file_errors(name: str) -> Iterator[None]:
    """Turn what the file system and the decompressor raise into a DataError."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        hint = "it is cut off or no gzip file; make it again"
        message = f"the file cannot be decompressed: {error}"
        raise DataError(message, file=name, hint=hint) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(f"the file cannot be read: {reason}", file=name) from error


@dataclass(slots=True)
class Watched:
    """A stream that ends where the file ended when it was opened, and tells how far it is."""

    stream: IO[bytes]
    left: int | None
    """Bytes to read; None for a zipped stream, whose length nobody knows."""
    raw: IO[bytes]
    size: int
    progress: Callable[[float], None]
    told: int = 0

    @property
    def name(self) -> str:
        return str(self.raw.name)

    def line(self) -> bytes:
        most = MAX_RECORD + 1 if self.left is None else min(MAX_RECORD + 1, self.left)
        return self._count(self.stream.readline(most))

    def texts(self) -> Iterator[str]:
        """The rest in decoded pieces. Raises DataError where it is no UTF-8."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while data := self._piece():
                yield decoder.decode(data)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise DataError(f"not UTF-8: {error.reason}", file=self.name) from error

    def _piece(self) -> bytes:
        most = _CHUNK if self.left is None else min(_CHUNK, self.left)
        return self._count(self.stream.read(most))

    def _count(self, data: bytes) -> bytes:
        if self.left is not None:
            self.left -= len(data)
        self.told += len(data)
        if self.told >= _TELL_EVERY or not data:
            self.told = 0
            self.progress(min(1.0, self.raw.tell() / self.size))
        return data


def lines(file: Watched) -> Iterator[tuple[int, str | Broken | Skipped]]:
    """Numbered lines, split on newlines only (text may hold U+2028 and its kin), decoded."""
    number = 0
    while line := file.line():
        number += 1
        if len(line) > MAX_RECORD:
            while line and not line.endswith(b"\n"):
                line = file.line()
            limit = f"{MAX_RECORD // 1_000_000} MB"
            yield number, Broken(number, f"the row is longer than {limit}")
            continue
        try:
            text = (line.removeprefix(BOM) if number == 1 else line).decode("utf-8")
        except UnicodeDecodeError as error:
            yield number, _undecodable(line, number, error)
            continue
        yield number, Broken(number, "binary: it holds NUL bytes") if "\0" in text else text


def _undecodable(line: bytes, number: int, error: UnicodeDecodeError) -> Broken | Skipped:
    if not line.endswith(b"\n") and error.start > len(line) - _LONGEST_CHARACTER:
        return Skipped(number, UNFINISHED)
    byte = error.object[error.start]
    return Broken(number, f"not UTF-8: byte {byte:#04x} at position {error.start + 1}")
