"""Content-addressed files and folders: written whole or not at all, named by their hash."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pioneer.errors import StoreError
from pioneer.records import canonical

_ANEW = "restore the workspace from a copy, or make what needs it anew"


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The folder `artifacts/` of a workspace. Safe for several writers: the same content has the
    same name, and a name appears only when its content is complete."""

    root: Path

    def path(self, digest: str) -> Path:
        return self.root / digest[:2] / digest

    def has(self, digest: str) -> bool:
        return self.path(digest).exists()

    def put_json(self, value: Any) -> str:
        """Store a record or JSON value; the hash is that of its canonical text."""
        text = canonical(value).encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(text).hexdigest()
        if not self.has(digest):
            with self.staging() as folder:
                (folder / "value.json").write_bytes(text)
                self._publish(folder / "value.json", digest)
        return digest

    def get_json(self, digest: str) -> Any:
        """Raises StoreError where it is missing, or is not what was put."""
        try:
            text = self.path(digest).read_bytes()
        except FileNotFoundError as error:
            raise self._missing(digest) from error
        if hashlib.sha256(text).hexdigest() != digest:
            raise self._damaged(digest)
        return json.loads(text.decode("utf-8", "surrogatepass"))

    def put_folder(self, folder: Path) -> str:
        """Move a folder (made with `staging`) in; the hash covers names and contents."""
        digest = folder_hash(folder)
        self._publish(folder, digest)
        return digest

    def folder(self, digest: str) -> Path:
        """Where a folder lies that was put. Raises StoreError where it is missing or changed."""
        place = self.path(digest)
        if not place.is_dir():
            raise self._missing(digest)
        if folder_hash(place) != digest:
            raise self._damaged(digest)
        return place

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """An empty folder on the same disk, removed afterwards unless it was put."""
        holding = self.root / "tmp"
        holding.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=holding))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self, digest: str) -> int:
        """Delete an artefact; returns the bytes freed (0 if it was not there)."""
        place = self.path(digest)
        if not place.exists():
            return 0
        freed = size_of(place)
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()
        return freed

    def sweep(self) -> None:
        """Remove what killed writers left behind. Only while no writer runs (hold the lock)."""
        shutil.rmtree(self.root / "tmp", ignore_errors=True)

    def _missing(self, digest: str) -> StoreError:
        return StoreError(f"artefact {digest[:12]} is missing from {self.root}", hint=_ANEW)

    def _damaged(self, digest: str) -> StoreError:
        return StoreError("the artefact is damaged", file=str(self.path(digest)), hint=_ANEW)

    def _publish(self, source: Path, digest: str) -> None:
        target = self.path(digest)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            source.rename(target)
        except OSError:
            if not target.exists():
                raise


def folder_hash(folder: Path) -> str:
    """SHA-256 over the sorted relative names and contents of a folder's files."""
    total = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        with file.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        total.update(f"{name}\0{content}\n".encode())
    return total.hexdigest()


def size_of(place: Path) -> int:
    """Bytes of a file or of all files in a folder."""
    if place.is_file():
        return place.stat().st_size
    return sum(
        (Path(folder) / name).stat().st_size
        for folder, _, names in os.walk(place)
        for name in names
    )
