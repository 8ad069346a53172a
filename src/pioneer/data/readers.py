"""One reader per file format: a file in, its rows out, or a DataError that names the row."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from pioneer.data.raw import RawRow
from pioneer.errors import DataError

MAX_ROW_BYTES = 10_000_000
"""A longer line is no row of text: the file is broken, or is not what its name says."""

_BOM = b"\xef\xbb\xbf"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SAVE_AS_UTF8 = "save the file as UTF-8 text"
_NO_JSON = "every line must be one JSON object"
_LINE_ENDS = "its lines end with carriage returns alone: save it with line feeds"
_QUOTES = 'check the quotes: a field that holds ", commas or newlines is quoted, "" inside'


def read_file(path: Path) -> tuple[RawRow, ...]:
    """All rows of a data file, told from its suffix; messages name it by the path given."""
    name = str(path)
    for suffix, reader in READERS.items():
        if path.name.lower().endswith(suffix):
            with file_errors(name):
                rows = tuple(reader(path, name))
            if not rows:
                raise DataError("the file is empty", file=name, hint="it needs at least one row")
            return rows
    raise DataError("this is no data file", file=name, hint=f"give one of {', '.join(READERS)}")


@contextmanager
def file_errors(name: str) -> Iterator[None]:
    """Turn what the file system and the decompressor raise into a DataError."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(
            f"the file cannot be decompressed: {error}",
            file=name,
            hint="it is cut off or no gzip file; make it again",
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(
            f"the file cannot be read: {reason}", file=name, hint="check that you may read it"
        ) from error


def _jsonl(path: Path, name: str) -> Iterator[RawRow]:
    with path.open("rb") as file:
        yield from _json_rows(file, name)


def _jsonl_gz(path: Path, name: str) -> Iterator[RawRow]:
    with gzip.open(path, "rb") as file:
        yield from _json_rows(cast("IO[bytes]", file), name)


def _json_rows(file: IO[bytes], name: str) -> Iterator[RawRow]:
    """Blank lines are skipped but counted, so that `row` is the line an editor shows."""
    for number, line in _lines(file, name):
        if line.strip():
            yield RawRow(name, number, _json_object(line, name, number))


def _json_object(line: str, name: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise DataError("JSON is nested too deep", file=name, row=number) from error
    except ValueError as error:
        way = _LINE_ENDS if "\r" in line.strip() else _NO_JSON
        raise DataError(
            f"broken JSON: {json_fault(error)}", file=name, row=number, hint=way
        ) from error
    if not isinstance(value, dict):
        kind = "list" if isinstance(value, list) else "bare value"
        raise DataError(f"a {kind} instead of an object", file=name, row=number, hint=_NO_JSON)
    if "\\u" in line:
        value = without_halves(value)
    return cast("dict[str, Any]", value)


def json_fault(error: ValueError) -> str:
    """What is wrong with one line of JSON, and at which of its characters."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return str(error)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def without_halves(value: Any) -> Any:
    """Halves of surrogate pairs, as cut-off emoji leave them, become U+FFFD: no encoder takes them.

    One character stays one character, so span offsets hold.
    """
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [without_halves(item) for item in value]
    if isinstance(value, dict):
        return {without_halves(key): without_halves(item) for key, item in value.items()}
    return value


def _lines(file: IO[bytes], name: str) -> Iterator[tuple[int, str]]:
    """Numbered lines, split on newlines only (text may hold U+2028 and its kin), decoded."""
    number = 0
    while line := file.readline(MAX_ROW_BYTES + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(_BOM)
        yield number, _decoded(line, name, number)


def _decoded(line: bytes, name: str, number: int) -> str:
    if len(line) > MAX_ROW_BYTES:
        limit = f"{MAX_ROW_BYTES // 1_000_000} MB"
        raise DataError(
            f"the row is longer than {limit}", file=name, row=number, hint="one row per line"
        )
    if b"\0" in line:
        raise DataError("the file is binary", file=name, row=number, hint=_SAVE_AS_UTF8)
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"not UTF-8: byte {line[error.start]:#04x} at position {error.start + 1}",
            file=name,
            row=number,
            hint=_SAVE_AS_UTF8,
        ) from error


def _csv(path: Path, name: str) -> Iterator[RawRow]:
    """Records under a header; an empty cell is a missing value (None)."""
    csv.field_size_limit(MAX_ROW_BYTES)
    with path.open("rb") as file:
        records = _records(file, name)
        header = _header(next(records, (1, []))[1], name)
        for number, cells in records:
            yield RawRow(name, number, _csv_fields(header, cells, name, number))


def _records(file: IO[bytes], name: str) -> Iterator[tuple[int, list[str]]]:
    """Every record that is no blank line, with the line on which it begins."""
    records = csv.reader((line for _, line in _lines(file, name)), strict=True)
    begins = 1
    try:
        for cells in records:
            if cells:
                yield begins, cells
            begins = records.line_num + 1
    except csv.Error as error:
        way = _LINE_ENDS if "new-line character" in str(error) else _QUOTES
        message = str(error).partition(" - ")[0]
        raise DataError(f"broken CSV: {message}", file=name, row=begins, hint=way) from error


def _header(cells: list[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    doubled = sorted({cell for cell in header if header.count(cell) > 1})
    if doubled:
        raise DataError(
            f"the header names {doubled[0]!r} twice", file=name, hint="give each column its own"
        )
    for mark, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise DataError(
                f"columns are separated by {called}", file=name, hint="separate them by commas"
            )
    return header


def _csv_fields(header: list[str], cells: list[str], name: str, number: int) -> dict[str, Any]:
    if len(cells) != len(header):
        raise DataError(
            f"{len(cells)} fields under {len(header)} columns",
            file=name,
            row=number,
            hint="quote fields that hold commas",
        )
    return {column: cell or None for column, cell in zip(header, cells, strict=True)}


def _parquet(path: Path, name: str) -> Iterator[RawRow]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches():
                for fields in batch.to_pylist():
                    number += 1
                    yield RawRow(name, number, _plain(fields))
    except (pyarrow.ArrowException, UnicodeDecodeError) as error:
        raise DataError(
            f"no readable Parquet file: {error}",
            file=name,
            hint="it is cut off, no Parquet file, or holds text that is not UTF-8; make it again",
        ) from error


def _plain(value: Any) -> Any:
    """A Parquet value as JSON would hold it; dates, decimals and the like as their text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return None if value != value else value  # NaN is how tables say 'missing'
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return str(value)


READERS: dict[str, Callable[[Path, str], Iterator[RawRow]]] = {
    ".jsonl": _jsonl,
    ".jsonl.gz": _jsonl_gz,
    ".csv": _csv,
    ".parquet": _parquet,
}
