"""The same bits for a row whatever is encoded with it, on Intel's processors too."""

from __future__ import annotations

import os
from pathlib import Path

_SETTING = "MKL_CBWR"
_KNOWN = Path("/proc/cpuinfo")


def steady() -> None:
    """Ask MKL to add up a product in one order for any number of rows and threads, unless the user
    has said otherwise. Counts until MKL is first used.

    Its own choice depends on both, where there are several threads. Others' processors are left
    alone: there it does not, and this setting may choose slow paths.
    """
    if _SETTING not in os.environ and _intel():
        os.environ[_SETTING] = "AUTO,STRICT"


def _intel() -> bool:
    return _KNOWN.exists() and "GenuineIntel" in _KNOWN.read_text("utf-8", "replace")
