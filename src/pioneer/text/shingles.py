"""Texts as sets of character 5-grams, in one sparse table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH = 5
"""Characters per shingle. A shorter text is one shingle of its own."""

_PRIMES = np.array([1_000_003, 2_097_169, 4_294_967_311, 8_589_934_609, 17_179_869_209], np.uint64)


@dataclass(frozen=True, slots=True)
class ShingleTable:
    """Row i of the table is tokens[starts[i]:starts[i + 1]]: sorted and distinct.

    A token is the rank of a shingle by rarity over all texts, 0 the rarest, so a row begins with
    what is most peculiar to it. `hashes[token]` is the shingle's 64-bit hash.
    """

    tokens: NDArray[np.int64]
    starts: NDArray[np.int64]
    hashes: NDArray[np.uint64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        return np.diff(self.starts)


def shingle_table(texts: Sequence[str]) -> ShingleTable:
    """The shingles of every text, as given: normalise first. Equal hashes count as equal."""
    owners, hashes = _windows(texts)
    distinct, token_of = np.unique(hashes, return_inverse=True)
    pairs = sorted_distinct(owners * max(1, len(distinct)) + token_of)
    owners, tokens = np.divmod(pairs, max(1, len(distinct)))
    order = np.argsort(np.bincount(tokens, minlength=len(distinct)), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    tokens = rank[tokens]
    by_row = np.lexsort((tokens, owners))
    starts = np.searchsorted(owners, np.arange(len(texts) + 1))
    return ShingleTable(tokens[by_row], starts, distinct[order])


def _windows(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Owner (index of its text) and hash of every window of every text."""
    padded = [text.ljust(WIDTH, "\0") for text in texts]
    lengths = np.array([len(text) for text in padded], np.int64)
    joined = "".join(padded).encode("utf-32-le", "surrogatepass")
    letters = np.frombuffer(joined, np.uint32).astype(np.uint64)
    if not len(letters):
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    count = len(letters) - WIDTH + 1
    hashes = np.zeros(count, np.uint64)
    for offset in range(WIDTH):
        hashes = mix(hashes ^ (letters[offset : offset + count] * _PRIMES[offset]))
    owners = np.repeat(np.arange(len(texts)), lengths)
    inside = owners[:count] == owners[WIDTH - 1 :]
    return owners[:count][inside], hashes[inside]


def sorted_distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """`np.unique` by sorting: several times faster than its hash table where most are distinct."""
    values = np.sort(values)
    return values[np.append(True, values[1:] != values[:-1])] if len(values) else values


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit integers (splitmix64); one to one, so it adds no collisions."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
