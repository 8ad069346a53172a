"""The lines of `pioneer predict`: texts in, JSON out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from pioneer.data.readers import MAX_ROW_BYTES, file_errors, json_fault, without_halves
from pioneer.errors import ArgumentError, DataError
from pioneer.events import Listener, Progress, silent
from pioneer.families.base import Family
from pioneer.records import Prediction
from pioneer.serving.model import ANSWERING, BATCH, Model

COLUMNS = ("text", "prompt")
"""Where a JSON line holds its text, whatever the kind of task; its own columns do too."""


def answer_lines(
    model: Model, family: Family, source: str, listen: Listener = silent
) -> Iterator[str]:
    """A JSON line for every line of a file (or of standard input, `-`), in order."""
    inputs = read_inputs(source, family.input_columns)
    total, done = _count(source), 0
    while batch := list(islice(inputs, BATCH)):
        for said in model(batch):
            yield answer_line(family, said)
        done += len(batch)
        listen(Progress(ANSWERING, min(done / total, 0.99) if total else 0.0))
    listen(Progress(ANSWERING, 1.0))


def _count(source: str) -> int:
    """Lines of a file; 0 for what cannot be read twice."""
    if source == "-" or not Path(source).is_file():
        return 0
    with file_errors(source), Path(source).open("rb") as stream:
        return 1 + sum(part.count(b"\n") for part in iter(lambda: stream.read(1 << 20), b""))


def answer_line(family: Family, said: Prediction) -> str:
    answer = {"output": family.answer(said.output), "confidence": round(said.confidence, 6)}
    return json.dumps(answer, ensure_ascii=False)


def read_inputs(source: str, columns: Sequence[str]) -> Iterator[str]:
    """The texts of JSON lines if the first line that is not blank looks like one, else of plain
    lines.

    Lines end at newlines only; a blank line is a blank text. Raises DataError with the line.
    """
    if source == "-":
        yield from _texts(sys.stdin.buffer, "standard input", columns)
        return
    if not source:
        raise ArgumentError("--input is empty", hint="name a file, or - for standard input")
    if Path(source).is_dir():
        raise DataError("this is a folder", file=source, hint="name a file")
    if not Path(source).exists():
        raise DataError("no such file", file=source, hint="check the path")
    with file_errors(source), Path(source).open("rb") as stream:
        yield from _texts(stream, source, columns)


def _texts(stream: IO[bytes], name: str, columns: Sequence[str]) -> Iterator[str]:
    as_json: bool | None = None
    for row, line in _lines(stream, name):
        if not line.strip():
            yield ""
            continue
        if as_json is None:
            as_json = _is_object(line)
        yield _text(line, [*columns, *COLUMNS], name, row) if as_json else line


def _lines(stream: IO[bytes], name: str) -> Iterator[tuple[int, str]]:
    row = 0
    while raw := stream.readline(MAX_ROW_BYTES + 1):
        row += 1
        if len(raw) > MAX_ROW_BYTES:
            limit = f"{MAX_ROW_BYTES // 1_000_000} MB"
            way = "give one text per line"
            raise DataError(f"the line is longer than {limit}", file=name, row=row, hint=way)
        try:
            line = raw.decode("utf-8").rstrip("\n").rstrip("\r")
        except UnicodeDecodeError as error:
            way = "save the text as UTF-8"
            raise DataError("not UTF-8 text", file=name, row=row, hint=way) from error
        yield row, line.removeprefix("\ufeff") if row == 1 else line


def _is_object(line: str) -> bool:
    """Whether a line is a JSON object, or the attempt at one."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return line.lstrip().startswith('{"')


def _text(line: str, columns: Sequence[str], name: str, row: int) -> str:
    wanted = f'every line must be a JSON object with "{columns[0]}"'
    try:
        found: Any = json.loads(line)
    except RecursionError as error:
        raise DataError("JSON is nested too deep", file=name, row=row, hint=wanted) from error
    except ValueError as error:
        fault = f"broken JSON: {json_fault(error)}"
        raise DataError(fault, file=name, row=row, hint=wanted) from error
    if isinstance(found, dict):
        for column in columns:
            if isinstance(found.get(column), str):
                return str(without_halves(found[column]))
    raise DataError("the line holds no text", file=name, row=row, hint=wanted)
