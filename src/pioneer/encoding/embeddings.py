"""Sentence embeddings, remembered per base and text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pioneer.bases import Base
from pioneer.encoding.counts import COUNTS
from pioneer.encoding.memory import Memory
from pioneer.encoding.tokens import MAX_LENGTH, Tokens, tokenise

Vectors: TypeAlias = NDArray[np.float32]
"""One embedding a row, of length 1; shape [texts, hidden]."""

_SAVE_EVERY = 2048
"""Texts between two writes, so that an interrupted run keeps what it did."""


def embed(
    base: Base,
    texts: Sequence[str],
    cache: Path | None,
    max_length: int = MAX_LENGTH,
    progress: Callable[[float], None] = lambda _share: None,
) -> Vectors:
    """The mean-pooled, normalised embedding of every text.

    On a CPU a text's vector is the same to the last bit whatever texts it is embedded with (see
    `unit_vectors`), so a half-filled cache changes no result.
    """
    max_length = min(max_length, base.positions)
    memory = Memory(cache / f"vectors-{base.sha256[:16]}-{max_length}.db") if cache else None
    known = memory.recall(texts) if memory else {}
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    for start in range(0, len(missing), _SAVE_EVERY):
        part = missing[start : start + _SAVE_EVERY]
        vectors = _encode(base, tokenise(base, part, cache, max_length))
        fresh = {text: one.tobytes() for text, one in zip(part, vectors, strict=True)}
        if memory:
            memory.remember(fresh)
        known |= fresh
        progress(min(1.0, (start + len(part)) / len(missing)))
    joined = b"".join(known[text] for text in texts)
    return np.frombuffer(joined, np.float32).reshape(len(texts), base.hidden)


def _encode(base: Base, tokens: list[Tokens]) -> Vectors:
    from pioneer.encoding.encoder import frozen_encoder, unit_vectors

    COUNTS.embedded += len(tokens)
    return unit_vectors(frozen_encoder(base.path), tokens, base.hidden)
