"""Vectors of texts: the base's own, or, for the fake base, counts of hashed character n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pioneer.diagnosis.records import Embedder, Vectors
from pioneer.events import Listener, Progress
from pioneer.families.fakes import FAKE_BASE
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.registry.versions import Version

_FEATURES = 256


def embedder_of(room: Room, request: Improve, version: Version) -> Embedder:
    """That of the version's base, with the threads of all workers."""
    threads = request.threads * request.workers
    return embedder(version.card.recipe.base, room.workspace.cache, threads, room.listen)


def embedder(base: str, cache: Path, threads: int, listen: Listener) -> Embedder:
    """Texts in, unit vectors out; what a base has embedded is cached."""
    if base == FAKE_BASE:
        return _hashed

    def encode(texts: Sequence[str]) -> Vectors:
        from pioneer.bases import resolve
        from pioneer.encoding import embed
        from pioneer.encoding import threads as limited

        with limited(threads):
            return embed(
                resolve(base),
                texts,
                cache,
                progress=lambda share: listen(Progress("embedding the log", share)),
            )

    return encode


def _hashed(texts: Sequence[str]) -> Vectors:
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), n_features=_FEATURES, alternate_sign=False
    )
    vectors: Vectors = hashing.transform(texts).toarray().astype("float32")
    return vectors
