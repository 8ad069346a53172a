"""What the user gave as data: where it is, and a hash that tells whether it was changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pioneer.data.folder import part_of
from pioneer.data.readers import file_errors
from pioneer.errors import ArgumentError
from pioneer.store.places import expanded

_HUB = "hub:"


def absolute(data: Sequence[str]) -> tuple[str, ...]:
    """The same sources, so named that they are found from any folder. Raises ArgumentError."""
    if not all(source.strip() for source in data):
        raise ArgumentError("--data is empty", hint="name a file, a folder or hub:ID")
    return tuple(
        source if source.startswith(_HUB) else str(expanded(source).absolute()) for source in data
    )


def snapshot(data: Sequence[str]) -> str:
    """Hash over names and contents of the given files and of the data files of the given folders;
    hub ids by name: only those with a commit (see `hub.pin`) mean the same rows for ever.

    What is not there counts as such. Raises DataError for what cannot be read.
    """
    total = hashlib.sha256()
    for source in data:
        total.update(source.encode("utf-8", "surrogatepass") + b"\0")
        with file_errors(source):
            for file in () if source.startswith(_HUB) else _files(Path(source)):
                with file_errors(str(file)), file.open("rb") as stream:
                    total.update(file.name.encode("utf-8", "surrogatepass"))
                    total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()


def _files(place: Path) -> Iterator[Path]:
    inside = sorted(place.iterdir()) if place.is_dir() else []
    named = [file for file in inside if part_of(file.name)] or [place]
    return (file for file in named if file.is_file())
