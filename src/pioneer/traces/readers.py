"""Records of a log file, one after another, from each kind of container."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pioneer.errors import DataError
from pioneer.traces.lines import MAX_RECORD, UNFINISHED, Watched, lines
from pioneer.traces.records import Broken, Item, Record, Skipped

MAX_DOCUMENT = 256_000_000
"""Characters of a JSON file that is one object, which must be read whole."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_BETWEEN = re.compile(r"[ \t\r\n,]*")
_DEEP = "JSON is nested too deep"
_DEEPEST = 100


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def storable(value: Any) -> Any:
    """NUL and halves of surrogate pairs, as cut-off emoji leave them, become U+FFFD: databases and
    encoders don't take them. One character stays one character, so that span offsets hold."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


def read_jsonl(file: Watched) -> Iterator[Item]:
    """Blank lines are left out but counted, so that `row` is the line an editor shows."""
    for number, line in lines(file):
        if not isinstance(line, str):
            yield line
        elif line.strip():
            yield _object(line, number)


def _object(line: str, number: int) -> Item:
    try:
        value = _DECODER.decode(line)
    except RecursionError:
        return Broken(number, _DEEP)
    except ValueError as error:
        whole = line.endswith("\n")
        return Broken(number, _why(error)) if whole else Skipped(number, UNFINISHED)
    if not isinstance(value, dict):
        kind = "list" if isinstance(value, list) else "bare value"
        return Broken(number, f"a {kind} instead of an object")
    if line.count("{") + line.count("[") > _DEEPEST and too_deep(value):
        return Broken(number, _DEEP)
    return Record(number, storable(value) if "\\u" in line else value)


def too_deep(value: Any) -> bool:
    """Whether what reads it later, level by level, would go deeper than Python goes."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _why(error: ValueError) -> str:
    """Without the line and column that the decoder counts from the record's beginning."""
    if isinstance(error, json.JSONDecodeError):
        return f"broken JSON: {error.msg} at character {error.pos + 1}"
    return f"broken JSON: {error}"


def read_json(file: Watched) -> Iterator[Item]:
    """An array is read element by element; a single object at once."""
    texts = file.texts()
    head = next(texts, "").removeprefix("\ufeff").lstrip()
    return _elements(head[1:], texts) if head.startswith("[") else _document(head, texts)


def _document(text: str, texts: Iterator[str]) -> Iterator[Item]:
    parts, length = [text], len(text)
    for part in texts:
        parts.append(part)
        length += len(part)
        if length > MAX_DOCUMENT:
            yield Broken(1, f"one JSON object of more than {MAX_DOCUMENT // 1_000_000} MB")
            return
    yield _object("".join((*parts, "\n")), 1)


def _elements(text: str, texts: Iterator[str]) -> Iterator[Item]:
    number, at, more = 0, 0, True
    while True:
        at = _after(text, at)
        if text.startswith("]", at):
            return
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            if not more or len(text) - at > MAX_RECORD or isinstance(error, RecursionError):
                reason = _DEEP if isinstance(error, RecursionError) else _why(error)
                yield Broken(number + 1, f"{reason}; what follows cannot be read")
                return
            text, more = _longer(text[at:], texts)
            at = 0
            continue
        number, at = number + 1, end
        if not isinstance(value, dict):
            yield Broken(number, "it is no object")
        elif too_deep(value):
            yield Broken(number, _DEEP)
        else:
            yield Record(number, storable(value))


def _after(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _longer(text: str, texts: Iterator[str]) -> tuple[str, bool]:
    """The text at least doubled, so that a long element costs no more than its length; and whether
    there may be more."""
    parts, need = [text], len(text)
    for part in texts:
        parts.append(part)
        need -= len(part)
        if need <= 0:
            return "".join(parts), True
    return "".join(parts), False


def read_csv(file: Watched) -> Iterator[Item]:
    """Records under a header; an empty cell is a missing value (None)."""
    csv.field_size_limit(MAX_RECORD)
    unread: list[Broken | Skipped] = []
    records = csv.reader(_sound(file, unread), strict=True)
    header, number = None, 0
    while True:
        number += 1
        try:
            cells = next(records)
        except StopIteration:
            break
        except csv.Error as error:
            yield Broken(number, f"broken CSV: {error}")
            continue
        if header is None:
            header = _header(cells, file.name)
        elif cells:
            yield _row(header, cells, number)
        yield from unread
        unread.clear()
    yield from unread


def _sound(file: Watched, unread: list[Broken | Skipped]) -> Iterator[str]:
    for _, line in lines(file):
        if isinstance(line, str):
            yield line
        else:
            unread.append(line)


def _header(cells: list[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    doubled = sorted({cell for cell in header if header.count(cell) > 1})
    if doubled:
        raise DataError(f"the header names {doubled[0]!r} twice", file=name)
    for mark, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            hint = "separate them by commas"
            raise DataError(f"columns are separated by {called}", file=name, hint=hint)
    return header


def _row(header: list[str], cells: list[str], number: int) -> Item:
    if len(cells) != len(header):
        return Broken(number, f"{len(cells)} fields under {len(header)} columns")
    return Record(number, {name: cell or None for name, cell in zip(header, cells, strict=True)})


def read_parquet(path: Path, progress: Callable[[float], None]) -> Iterator[Item]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            number, total = 0, max(1, file.metadata.num_rows)
            for batch in file.iter_batches(batch_size=1024):
                for fields in batch.to_pylist():
                    number += 1
                    yield Record(number, {name: _plain(value) for name, value in fields.items()})
                progress(number / total)
    except (pyarrow.ArrowException, UnicodeDecodeError) as error:
        raise DataError(f"no readable Parquet file: {error}", file=str(path)) from error


def _plain(value: Any) -> Any:
    """A Parquet value as JSON would hold it; dates, decimals and the like as their text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return None if value != value else value  # NaN is how tables say 'missing'
    if value is None or isinstance(value, bool | int):
        return value
    return storable(str(value))
