"""Drawing lots that depend on nothing but the seed and a name."""

from __future__ import annotations

import hashlib


def lot(seed: int, name: str) -> float:
    """A number in [0, 1): equal in every process and whatever else is drawn."""
    digest = hashlib.sha256(f"{seed}:{name}".encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
