"""The one way to sealed rows: the reading is on record before anybody has read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pioneer.data.rows import Manifest, manifest_hash
from pioneer.errors import ArgumentError
from pioneer.records import Example


@dataclass(frozen=True, slots=True)
class Unsealing:
    """One reading of sealed or gate rows, as it is logged."""

    run: str
    purpose: str
    manifest: str
    """Hash of what was read; see `manifest_hash`."""
    rows: int


def unseal(
    manifest: Manifest,
    run: str,
    purpose: str,
    log: Callable[[Unsealing], None],
    read: Callable[[Manifest], list[Example]],
) -> list[Example]:
    """The sealed rows. `log` must have written its line durably when it returns; if it raises,
    nothing is read. Raises ArgumentError if no purpose is given."""
    if not purpose.strip():
        raise ArgumentError("sealed rows are read for a purpose, but none is given")
    log(Unsealing(run, purpose, manifest_hash(manifest), len(manifest.entries)))
    return read(manifest)
