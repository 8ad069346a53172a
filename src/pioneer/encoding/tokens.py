"""Tokenisation, remembered per base, length limit and text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pioneer.bases import Base
from pioneer.encoding.counts import COUNTS
from pioneer.encoding.memory import Memory
from pioneer.errors import BaseModelError

MAX_LENGTH = 256
"""Tokens of a text that are read; what the sentence encoders were trained with."""

Tokens: TypeAlias = NDArray[np.int32]
"""Token ids of one text, special tokens included, at least one."""

_CHARACTERS_PER_TOKEN = 64
"""A text is cut here before it is tokenised, so that one huge row can't hold up a run."""


def tokenise(
    base: Base, texts: Sequence[str], cache: Path | None, max_length: int = MAX_LENGTH
) -> list[Tokens]:
    """Token ids of every text, cut at `max_length` or at what the base can read.

    Any string will do, also an empty one.
    """
    max_length = min(max_length, base.positions)
    memory = Memory(cache / f"tokens-{base.sha256[:16]}-{max_length}.db") if cache else None
    known = memory.recall(texts) if memory else {}
    missing = [text for text in dict.fromkeys(texts) if text not in known]
    if missing:
        ids = _encode(base.path / "tokenizer.json", missing, max_length)
        fresh = {text: one.tobytes() for text, one in zip(missing, ids, strict=True)}
        if memory:
            memory.remember(fresh)
        known |= fresh
    return [np.frombuffer(known[text], np.int32) for text in texts]


def length_limit(base: Base) -> int:
    """Tokens of a text that are read when a base is trained."""
    return min(MAX_LENGTH, base.positions)


def _encode(file: Path, texts: list[str], max_length: int) -> list[Tokens]:
    COUNTS.tokenised += len(texts)
    tokenizer = tokenizer_of(file, max_length)
    readable = [_readable(text[: max_length * _CHARACTERS_PER_TOKEN]) for text in texts]
    return [np.array(one.ids or [0], np.int32) for one in tokenizer.encode_batch(readable)]


def _readable(text: str) -> str:
    """The text without lone surrogates, which JSON allows and UTF-8 does not."""
    return text.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=8)
def tokenizer_of(file: Path, max_length: int) -> Any:
    """The fast tokenizer of a tokenizer.json, without padding."""
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises bare Exception
        raise BaseModelError("cannot read the tokenizer", file=str(file)) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length)
    return tokenizer
