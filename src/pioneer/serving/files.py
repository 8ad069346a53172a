"""Results in a file of the user's."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pioneer.errors import ArgumentError


def whole_file(output: Path, lines: Iterable[str]) -> None:
    """Write a file whole or not at all; what is no file (a device, a pipe) is written as it is.

    Raises ArgumentError for a place that cannot be a file, OSError.
    """
    place = output.resolve()
    if place.is_dir():
        raise ArgumentError(f"--output {output} is a folder", hint="name a file")
    if not place.parent.is_dir():
        raise ArgumentError(f"there is no folder {place.parent}", hint="make it, then try again")
    if place.exists() and not place.is_file():
        _write(place, lines)
        return
    draft = place.with_name(f".{place.name}.{os.getpid()}.partial")
    try:
        _write(draft, lines)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


def _write(place: Path, lines: Iterable[str]) -> None:
    with place.open("w", encoding="utf-8") as stream:
        stream.writelines(lines)
