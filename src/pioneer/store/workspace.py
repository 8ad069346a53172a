"""A workspace: one folder with database, artefacts, runs and caches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from pioneer.errors import LockedError, StoreError
from pioneer.store.artifacts import Artifacts
from pioneer.store.engine import is_behind, no_workspace, open_engine, storage_errors
from pioneer.store.lock import lock
from pioneer.store.places import expanded


@dataclass(frozen=True, slots=True)
class Workspace:
    root: Path
    engine: Engine
    artifacts: Artifacts

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def run_folder(self, run: str) -> Path:
        return self.root / "runs" / run


@contextmanager
def open_workspace(root: Path, *, write: bool, create: bool = True) -> Iterator[Workspace]:
    """Open `root`; a writer holds its lock, so there is one at a time, and may create it.

    Raises StoreError where it cannot be used, LockedError where another command writes.
    """
    root = expanded(root).absolute()
    with storage_errors(root):
        _refuse_unusable(root, must_exist=not (write and create))
        if write:
            root.mkdir(parents=True, exist_ok=True)
            with lock(root / "lock", partial(_refusal, root)):
                Artifacts(root / "artifacts").sweep()
                yield from _opened(root, open_engine(root / "pioneer.db"))
        else:
            _bring_up(root)
            yield from _opened(root, open_engine(root / "pioneer.db", read_only=True))


def _bring_up(root: Path) -> None:
    """A reader changes nothing, but an older schema would keep it out: it waits its turn as a
    writer and upgrades it. Where it may not write, the reading itself says so."""
    if is_behind(root / "pioneer.db") and os.access(root, os.W_OK):
        with lock(root / "lock", partial(_refusal, root)):
            open_engine(root / "pioneer.db").dispose()


def _refuse_unusable(root: Path, *, must_exist: bool) -> None:
    if any("\ud800" <= character <= "\udfff" for character in str(root)):
        raise StoreError(
            f"no workspace can be at {str(root)!r}: the path is not UTF-8",
            hint="choose another --workspace",
        )
    if root.exists() and not root.is_dir():
        raise StoreError(f"{root} is a file, not a workspace", hint="name a folder as --workspace")
    if must_exist and not (root / "pioneer.db").exists():
        raise no_workspace(root)


def _opened(root: Path, engine: Engine) -> Iterator[Workspace]:
    try:
        yield Workspace(root, engine, Artifacts(root / "artifacts"))
    finally:
        engine.dispose()


def _refusal(root: Path, holder: str) -> LockedError:
    return LockedError(
        f"another command (process {holder}) is writing to the workspace {root}",
        hint="wait until it ends, or use another --workspace",
    )
