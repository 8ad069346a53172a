"""All pairs of rows of a shingle table whose Jaccard similarity reaches a threshold, exactly.

Two sets that similar share a shingle among the rarest (1 - threshold) of each (prefix filter), so
only such pairs are looked at; MinHash sketches throw out most of them; the rest is counted in full.
Boilerplate that all texts share costs nothing, as its shingles are not among the rare ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pioneer.text.shingles import ShingleTable, mix, sorted_distinct

Ints = NDArray[np.int64]
Wanted = Callable[[Ints, Ints], NDArray[np.bool_]]

_BINS = 128
_EMPTY = 0xFF
_SLACK = 0.2  # a sketch understates a similarity of 0.8 by this much once in about 10^7 pairs
_CHUNKS = (10_000, 500_000)  # pairs looked at together, first and at most


def similar_pairs(
    table: ShingleTable, threshold: float, wanted: Wanted
) -> Iterator[tuple[int, int]]:
    """The pairs (left, right) at or above the threshold, of those that are `wanted`.

    `wanted` takes index arrays and is asked again for every chunk, so that what the caller has
    learned from earlier pairs spares later ones. A pair may come more than once.
    """
    sizes, sketches, rows = table.sizes, _Sketches.of(table), _Rows(table)
    for left, right in _candidates(table, threshold):
        close = np.minimum(sizes[left], sizes[right]) >= threshold * np.maximum(
            sizes[left], sizes[right]
        )
        left, right = left[close], right[close]
        keep = wanted(left, right)
        left, right = left[keep], right[keep]
        alike = sketches.similarity(left, right) >= threshold - _SLACK
        distinct = sorted_distinct(left[alike] * len(sizes) + right[alike])
        for one, two in zip(
            *(part.tolist() for part in np.divmod(distinct, len(sizes))), strict=True
        ):
            if rows.jaccard(one, two) >= threshold:
                yield one, two


def _candidates(table: ShingleTable, threshold: float) -> Iterator[tuple[Ints, Ints]]:
    """Pairs that share a shingle of their prefixes, in chunks; left < right."""
    tokens, owners = _prefixes(table, threshold)
    ends = np.searchsorted(tokens, tokens, side="right")
    partners = ends - np.arange(len(tokens)) - 1
    total = np.cumsum(partners)
    start, chunk = 0, _CHUNKS[0]
    while start < len(tokens):
        before = total[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(total, before + chunk, side="right")))
        counts = partners[start:stop]
        left = np.repeat(np.arange(start, stop), counts)
        offsets = np.arange(len(left)) - np.repeat(np.cumsum(counts) - counts, counts)
        if len(left):
            yield owners[left], owners[left + 1 + offsets]
        start, chunk = stop, min(2 * chunk, _CHUNKS[1])


def _prefixes(table: ShingleTable, threshold: float) -> tuple[Ints, Ints]:
    """Tokens and owners of every row's prefix, sorted by token, then owner."""
    sizes = table.sizes
    lengths = sizes - np.ceil(threshold * sizes - 1e-9).astype(np.int64) + 1
    owners = np.repeat(np.arange(len(sizes)), sizes)
    place = np.arange(len(owners)) - table.starts[owners]
    inside = place < lengths[owners]
    tokens, owners = table.tokens[inside], owners[inside]
    order = np.lexsort((owners, tokens))
    return tokens[order], owners[order]


@dataclass(frozen=True, slots=True)
class _Sketches:
    """One-permutation MinHash: a row's hashes fall into 128 bins, and every bin keeps its least."""

    least: NDArray[np.uint8]
    empty: NDArray[np.uint64]
    """128 bits per row: which bins hold nothing."""

    @classmethod
    def of(cls, table: ShingleTable) -> _Sketches:
        scrambled = mix(table.hashes)
        bins = (scrambled >> np.uint64(57)).astype(np.int64)
        values = np.minimum(scrambled & np.uint64(0xFF), np.uint64(_EMPTY - 1)).astype(np.uint8)
        rows = np.repeat(np.arange(len(table.sizes)), table.sizes)
        least = np.full((len(table.sizes), _BINS), _EMPTY, np.uint8)
        np.minimum.at(least.reshape(-1), rows * _BINS + bins[table.tokens], values[table.tokens])
        return cls(least, np.packbits(least == _EMPTY, axis=1).view(np.uint64))

    def similarity(self, left: Ints, right: Ints) -> NDArray[np.float64]:
        """An estimate for every pair: the share of equal bins among those that hold anything."""
        equal = np.count_nonzero(self.least[left] == self.least[right], axis=1)
        empty = np.bitwise_count(self.empty[left] & self.empty[right]).sum(axis=1, dtype=np.int64)
        return np.asarray((equal - empty) / (_BINS - empty))


@dataclass(slots=True)
class _Rows:
    """Rows of a table as Python sets, made when first asked for."""

    table: ShingleTable
    made: dict[int, frozenset[int]] = field(default_factory=dict)

    def jaccard(self, left: int, right: int) -> float:
        one, two = self._row(left), self._row(right)
        shared = len(one & two)
        return shared / (len(one) + len(two) - shared)

    def _row(self, index: int) -> frozenset[int]:
        if index not in self.made:
            first, last = self.table.starts[index], self.table.starts[index + 1]
            self.made[index] = frozenset(self.table.tokens[first:last].tolist())
        return self.made[index]
