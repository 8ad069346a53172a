"""The machine that a benchmark runs on, and how it was started."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path


def limit_cpus(count: int) -> None:
    """On a bigger machine, let this process and all it starts see only so many processors."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


def typed() -> str:
    """The options as typed, folders left out."""
    words, hide = [], False
    for word in sys.argv[1:]:
        words.append("DIR" if hide else word)
        hide = word in {"--data-root", "--results"}
    return " ".join(words)
