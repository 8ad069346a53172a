"""A workspace: one folder with database, artefacts, runs and caches."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from pioneer.errors import LockedError, StoreError
from pioneer.store.artifacts import Artifacts
from pioneer.store.engine import open_engine, storage_errors


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
def open_workspace(root: Path, *, write: bool) -> Iterator[Workspace]:
    """Open `root`; a writer creates it and holds its lock, so there is one at a time.

    Raises StoreError where it cannot be used, LockedError where another command writes.
    """
    root = root.expanduser().absolute()
    with storage_errors(root):
        if write:
            root.mkdir(parents=True, exist_ok=True)
            with _lock(root):
                artifacts = Artifacts(root / "artifacts")
                artifacts.sweep()
                engine = open_engine(root / "pioneer.db")
                try:
                    yield Workspace(root, engine, artifacts)
                finally:
                    engine.dispose()
        else:
            yield from _open_to_read(root)


def _open_to_read(root: Path) -> Iterator[Workspace]:
    file = root / "pioneer.db"
    if not file.exists():
        raise StoreError(
            f"there is no workspace at {root}",
            hint="`pioneer cold-start` makes one; or name another with --workspace",
        )
    engine = open_engine(file, read_only=True)
    try:
        yield Workspace(root, engine, Artifacts(root / "artifacts"))
    finally:
        engine.dispose()


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    file = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(file, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise LockedError(
                f"another command (process {holder}) is writing to the workspace {root}",
                hint="wait until it ends, or use another --workspace",
            ) from error
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(file)
