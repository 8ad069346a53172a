"""What made a result: the state of the code, and the files that it was made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pioneer

_KINDS = (".py", ".json", ".txt")


def code_hash() -> str:
    """Of all files of this package, as they are now, that have a say in what it does."""
    root = Path(pioneer.__file__).parent
    return files_hash((file for file in root.rglob("*") if file.suffix in _KINDS), root)


def files_hash(files: Iterable[Path], root: Path) -> str:
    """Of what is in the files, and of their paths below `root`."""
    found = hashlib.sha256()
    for file in sorted(files):
        found.update(f"{file.relative_to(root).as_posix()}\n".encode())
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()
