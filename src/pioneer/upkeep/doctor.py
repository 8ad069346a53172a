"""Is everything there, and how big is it."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pioneer.bases import list_bases
from pioneer.encoding.threads import processors
from pioneer.errors import PioneerError, StoreError
from pioneer.registry import versions
from pioneer.store.artifacts import size_of
from pioneer.store.workspace import open_workspace

_PACKAGES = ("torch", "transformers", "scikit-learn", "SQLAlchemy", "cleanlab", "onnxruntime")
_LITTLE = 2e9  # bytes of free disk below which a run may fail


def checks(root: Path) -> list[dict[str, Any]]:
    """One line per check: what, ok, detail."""
    lines = []
    for what, check in _all(root):
        try:
            ok, detail = check()
        except (PioneerError, OSError, importlib.metadata.PackageNotFoundError) as error:
            ok, detail = False, str(error)
        lines.append({"check": what, "ok": ok, "detail": detail})
    return lines


def _all(root: Path) -> Iterator[tuple[str, Callable[[], tuple[bool, str]]]]:
    yield "python", lambda: (sys.version_info >= (3, 11), sys.version.split()[0])
    for name in _PACKAGES:
        yield name, lambda name=name: (True, importlib.metadata.version(name))  # type: ignore[misc]
    yield "processors", lambda: (True, f"{processors()} to use of {os.cpu_count()}")
    yield "bases", _bases
    yield "disk", lambda: _disk(root)
    yield "workspace", lambda: _workspace(root)
    yield "weights", lambda: _weights(root)


def _bases() -> tuple[bool, str]:
    absent = "not here yet; `pioneer bases pull` fetches it"
    return True, ", ".join(f"{base.name}: {base.path or absent}" for base in list_bases())


def _disk(root: Path) -> tuple[bool, str]:
    place = next(path for path in (root.absolute(), *root.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    return free > _LITTLE, f"{free / 1e9:.1f} GB free"


def _weights(root: Path) -> tuple[bool, str]:
    """Whether the weights of every version are those that were registered."""
    if not (root / "pioneer.db").exists():
        return True, "none yet"
    with open_workspace(root, write=False) as workspace:
        with workspace.engine.connect() as connection:
            kept = [one for one in versions.all_versions(connection) if one.checkpoint]
        for version in kept:
            try:
                workspace.artifacts.folder(str(version.checkpoint))
            except StoreError as error:
                return False, f"{version.label}: {error}"
    return True, f"{len(kept)} intact"


def _workspace(root: Path) -> tuple[bool, str]:
    if not (root / "pioneer.db").exists():
        return True, f"none yet at {root}"
    with open_workspace(root, write=False) as workspace:
        parts = {name: workspace.root / name for name in ("artifacts", "cache", "runs")}
        sizes = [
            f"{name} {size_of(path) / 1e6:.0f} MB" for name, path in parts.items() if path.exists()
        ]
    return True, ", ".join(sizes)
