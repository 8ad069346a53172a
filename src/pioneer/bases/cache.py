"""Where bases are kept on this machine, and how files get there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pioneer.errors import BaseModelError
from pioneer.store.places import expanded


def cache_dir() -> Path:
    """`PIONEER_CACHE`, or `~/.cache/pioneer`. Need not exist yet. Raises BaseModelError."""
    named = os.environ.get("PIONEER_CACHE")
    if named:
        return expanded(named)
    try:
        return Path.home() / ".cache" / "pioneer"
    except RuntimeError as error:
        hint = "set PIONEER_CACHE to a folder"
        raise BaseModelError("this user has no home directory", hint=hint) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or none. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
