"""Where bases are kept on this machine, and how files get there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def cache_dir() -> Path:
    """`PIONEER_CACHE`, or `~/.cache/pioneer`. Need not exist yet."""
    named = os.environ.get("PIONEER_CACHE")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "pioneer"


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
