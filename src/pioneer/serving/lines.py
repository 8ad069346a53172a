"""The lines of `pioneer predict`: texts in, JSON out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from pioneer.errors import DataError
from pioneer.families.base import Family
from pioneer.records import Prediction
from pioneer.serving.model import Model

BATCH = 512


def answer_lines(model: Model, family: Family, source: str) -> Iterator[str]:
    """A JSON line for every line of a file (or of standard input, `-`), in order."""
    inputs = read_inputs(source, family.input_columns)
    while batch := list(islice(inputs, BATCH)):
        for said in model(batch):
            yield answer_line(family, said)


def answer_line(family: Family, said: Prediction) -> str:
    answer = {"output": family.answer(said.output), "confidence": round(said.confidence, 6)}
    return json.dumps(answer, ensure_ascii=False)


def read_inputs(source: str, columns: Sequence[str]) -> Iterator[str]:
    """The texts of plain lines or, if the first line is a JSON object, of JSON lines.

    Lines end at newlines only; a blank line is a blank text. Raises DataError with the line.
    """
    name = "standard input" if source == "-" else source
    try:
        if source == "-":
            yield from _inputs(sys.stdin.buffer, name, columns)
        else:
            with Path(source).open("rb") as stream:
                yield from _inputs(stream, name, columns)
    except FileNotFoundError as error:
        raise DataError("no such file", file=name) from error
    except IsADirectoryError as error:
        raise DataError("this is a folder", file=name, hint="name a file") from error


def _inputs(stream: IO[bytes], name: str, columns: Sequence[str]) -> Iterator[str]:
    as_json: bool | None = None
    for row, raw in enumerate(stream, 1):
        try:
            line = raw.decode("utf-8").rstrip("\n").rstrip("\r")
        except UnicodeDecodeError as error:
            raise DataError("not UTF-8 text", file=name, row=row) from error
        if as_json is None:
            as_json = _is_object(line.removeprefix("\ufeff"))
        yield _text(line.removeprefix("\ufeff"), columns, name, row) if as_json else line


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _text(line: str, columns: Sequence[str], name: str, row: int) -> str:
    if not line.strip():
        return ""
    try:
        found: Any = json.loads(line)
    except ValueError as error:
        raise DataError(f"broken JSON: {error}", file=name, row=row) from error
    if isinstance(found, dict):
        for column in columns:
            if isinstance(found.get(column), str):
                return str(found[column])
    wanted = " or ".join(f'"{column}"' for column in columns)
    raise DataError(f"no text: a JSON line needs {wanted}", file=name, row=row)
