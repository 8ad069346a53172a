"""What a weights file says of itself: its hash, and how many parameters it holds."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from pathlib import Path

from pioneer.bases.cache import write_whole
from pioneer.errors import BaseModelError

_HEADER_LIMIT = 100_000_000
"""Bytes; what the safetensors format itself allows for a header."""


def sha256_of(file: Path, cache: Path) -> str:
    """SHA-256 (hex) of a file, read again only if its size or time of change differ."""
    stat = file.stat()
    place = str(file.resolve())
    stamp: dict[str, str | int]
    stamp = {"file": place, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    note = cache / "verified" / f"{hashlib.sha256(place.encode()).hexdigest()}.json"
    known = _remembered(note, stamp)
    if known is None:
        with file.open("rb") as stream:
            known = hashlib.file_digest(stream, "sha256").hexdigest()
        _remember(note, {**stamp, "sha256": known})
    return known


def _remembered(note: Path, stamp: dict[str, str | int]) -> str | None:
    try:
        facts = json.loads(note.read_text("utf-8"))
        return str(facts["sha256"]) if {**stamp, "sha256": facts["sha256"]} == facts else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(note: Path, facts: dict[str, str | int]) -> None:
    """Losing the note costs only time, so a cache that cannot be written is no error."""
    try:
        write_whole(note, json.dumps(facts).encode())
    except OSError:
        return


def joined_sha256(files: list[Path], cache: Path) -> str:
    """One hash for the weights of a model, however many files hold them."""
    hashes = [sha256_of(file, cache) for file in sorted(files)]
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("".join(hashes).encode()).hexdigest()


def count_parameters(file: Path) -> int:
    """Parameters in a safetensors file, from its header alone; integer buffers don't count.

    Raises BaseModelError for what is no such file, or is cut off.
    """
    try:
        with file.open("rb") as stream:
            (size,) = struct.unpack("<Q", stream.read(8))
            if size > _HEADER_LIMIT:
                raise ValueError("header too large")
            header = json.loads(stream.read(size))
        tensors = [entry for name, entry in header.items() if name != "__metadata__"]
        end = 8 + size + max((t["data_offsets"][1] for t in tensors), default=0)
        if file.stat().st_size < end:
            raise ValueError("cut off")
        return sum(math.prod(t["shape"]) for t in tensors if "F" in t["dtype"])
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        struct.error,
    ) as error:
        hint = "it is broken or cut off; fetch the base again"
        raise BaseModelError("no whole safetensors file", file=str(file), hint=hint) from error
