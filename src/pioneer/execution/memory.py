"""How much memory a process has taken."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """The most that this process has held. On Linux `getrusage` would count what the process that
    started it held, if that is more."""
    if _STATUS.exists():
        told = re.search(
            r"^VmHWM:\s*(\d+) kB$", _STATUS.read_text("ascii", "replace"), re.MULTILINE
        )
        if told is not None:
            return int(told[1]) * 1024 / 1e6
    return _used(resource.RUSAGE_SELF)


def childrens_peak_mb() -> float:
    """The most that a process which this one has started, and which has ended, has held; never less
    than what this one held when it started it."""
    return _used(resource.RUSAGE_CHILDREN)


def _used(whose: int) -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(whose).ru_maxrss * unit / 1e6
