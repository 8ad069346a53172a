"""Data sets that are shipped with the package, each in a folder of its own with a card."""

from __future__ import annotations

from pathlib import Path

__all__ = ["path"]


def path() -> Path:
    """The folder that holds the data sets; one folder each, in the form of any data folder."""
    return Path(__file__).parent
