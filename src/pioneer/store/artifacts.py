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
        if not self._intact(digest):
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
        if not self._intact(digest):
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
        """An empty folder of one's own on the same disk, removed afterwards unless it was put."""
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

    def _intact(self, digest: str) -> bool:
        place = self.path(digest)
        if not place.exists():  # asked first: a name that is there never changes its kind
            return False
        try:
            return (folder_hash(place) if place.is_dir() else file_hash(place)) == digest
        except FileNotFoundError:
            return False

    def _publish(self, source: Path, digest: str) -> None:
        """Give complete content its name, in place of damaged content that has it.

        Whoever may read the folder of all artefacts may read it, however private its draft was.
        """
        target = self.path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = self.root.stat().st_mode & 0o777
        for part in (*source.rglob("*"), source):
            part.chmod(mode if part.is_dir() else mode & 0o666)
            _flush(part)
        try:
            source.rename(target)
        except OSError:
            if not target.is_dir():
                raise
            if not self._intact(digest):  # else another writer was first
                with self.staging() as aside:
                    target.rename(aside / digest)
                source.rename(target)
        _flush(target.parent)


def folder_hash(folder: Path) -> str:
    """SHA-256 over the sorted relative names and contents of a folder's files. Raises OSError."""
    total = hashlib.sha256()
    for file in sorted(
        Path(place) / name for place, _, names in os.walk(folder, onerror=_raise) for name in names
    ):
        name = file.relative_to(folder).as_posix()
        total.update(f"{name}\0{file_hash(file)}\n".encode())
    return total.hexdigest()


def _raise(error: OSError) -> None:
    raise error


def file_hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def size_of(place: Path) -> int:
    """Bytes of a file or of all files in a folder; what vanishes meanwhile counts nothing."""
    if place.is_file():
        return _size(place)
    return sum(_size(Path(folder) / name) for folder, _, names in os.walk(place) for name in names)


def _size(file: Path) -> int:
    try:
        return file.lstat().st_size
    except FileNotFoundError:
        return 0


def _flush(place: Path) -> None:
    """See to it that what was written outlives a power cut."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
