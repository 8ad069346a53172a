"""Every module of the benchmarks still imports what it needs; the peers' run in their own venvs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_every_module_imports() -> None:
    names = [
        ".".join(path.relative_to(BENCHMARKS).with_suffix("").parts)
        for path in sorted(BENCHMARKS.rglob("*.py"))
        if path.parent.name != "peers" and path.name != "__init__.py"
    ]
    assert len(names) > 20
    code = "import importlib\n" + "\n".join(f"importlib.import_module({n!r})" for n in names)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BENCHMARKS, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr
