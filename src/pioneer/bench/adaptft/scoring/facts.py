"""When, where and with what a report was written."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

_KNOWN = Path("/proc/cpuinfo")


def facts() -> dict[str, str]:
    """Of the machine that writes the report, which need not be the one that ran the arms. Only
    `written`, a date, changes from one time to the next."""
    return {
        "pioneer": importlib.metadata.version("pioneer"),
        "python": platform.python_version(),
        "machine": f"{processor(_told())}, {_counted(os.cpu_count() or 1)}",
        "written": datetime.now(UTC).date().isoformat(),
    }


def processor(told: str) -> str:
    """Its name, from what Linux tells of it; its architecture where there is no name."""
    named = re.search(r"^model name[ \t]*:[ \t]*(\S.*)$", told, re.MULTILINE)
    return named[1].strip() if named else platform.processor() or platform.machine()


def _told() -> str:
    return _KNOWN.read_text("utf-8", "replace") if _KNOWN.exists() else ""


def _counted(processors: int) -> str:
    return f"{processors} processor{'' if processors == 1 else 's'}"
