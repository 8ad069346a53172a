"""Reads what the arms came to, and writes the report: JSON, a page and a table."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pioneer.bench.adaptft.cells import Asked, Cell, asked_file, read
from pioneer.bench.adaptft.scoring.facts import facts
from pioneer.bench.adaptft.scoring.marking import Judged
from pioneer.bench.adaptft.scoring.page.render import page
from pioneer.bench.adaptft.scoring.scores import Document, documents
from pioneer.bench.adaptft.scoring.table import markdown
from pioneer.errors import DataError
from pioneer.serving.files import whole_file

T = TypeVar("T")


def report(folder: Path) -> Document:
    """{"scenarios": {NAME: document}, "suite": headlines, "facts": what wrote it}, also written
    into the folder as report.json, report.html and report.md. Raises DataError where nothing has
    run yet, a file cannot be read, or files are of several runs."""
    found = documents(read_seeds(folder)) | {"facts": facts()}
    texts = {
        "report.json": json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n",
        "report.html": page(found),
        "report.md": markdown(found),
    }
    for name, text in texts.items():
        whole_file(folder / name, [_printable(text)])
    return found


def read_seeds(folder: Path) -> list[list[Judged]]:
    """What lies in SCENARIO/seed-N/ of the folder, by scenario, in order of name and seed."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for file in sorted(folder.glob(f"*/seed-*/{asked_file(Path()).name}")):
        cells = sorted((file.parent / "cells").glob("*.json.gz"))
        asked = _read(Asked, file)
        found[asked.scenario].append((asked, [_read(Cell, cell) for cell in cells]))
    return [sorted(seeds, key=lambda seed: seed[0].seed) for _, seeds in sorted(found.items())]


def _read(kind: type[T], file: Path) -> T:
    with _read_errors(file):
        return read(kind, file)


@contextmanager
def _read_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise DataError(
            "this is not what an arm answered, or only a part of it",
            file=str(file),
            hint="delete it and run the arm again",
        ) from error


def _printable(text: str) -> str:
    """Lone surrogates cannot be written."""
    return text.encode("utf-8", "replace").decode("utf-8")
