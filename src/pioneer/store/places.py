"""Paths as a user writes them."""

from __future__ import annotations

from pathlib import Path


def expanded(path: str | Path) -> Path:
    """The path with `~` as the home that it means; where there is no such home, as it stands."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
