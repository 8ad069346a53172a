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

from pioneer.text.shingles import ShingleTable, mix

Ints = NDArray[np.int64]
Wanted = Callable[[Ints, Ints], NDArray[np.bool_]]

_SKETCH = 128
_SLACK = 0.2  # a sketch understates a similarity of 0.8 by this much once in about 10^7 pairs
_CHUNKS = (10_000, 500_000)  # pairs looked at together, first and at most


def similar_pairs(
    table: ShingleTable, threshold: float, wanted: Wanted
) -> Iterator[tuple[int, int]]:
    """The pairs (left, right) at or above the threshold, of those that are `wanted`.

    `wanted` takes index arrays and is asked again for every chunk, so that what the caller has
    learned from earlier pairs spares later ones. A pair may come more than once.
    """
    sizes, sketches, rows = table.sizes, _sketches(table), _Rows(table)
    for left, right in _candidates(table, threshold):
        close = np.minimum(sizes[left], sizes[right]) >= threshold * np.maximum(
            sizes[left], sizes[right]
        )
        left, right = left[close], right[close]
        keep = wanted(left, right)
        left, right = left[keep], right[keep]
        alike = (sketches[left] == sketches[right]).mean(axis=1) >= threshold - _SLACK
        distinct = np.unique(left[alike] * len(sizes) + right[alike])
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


def _sketches(table: ShingleTable) -> NDArray[np.uint8]:
    """One byte of each of 128 MinHashes per row: equal bytes estimate the similarity."""
    if not len(table.sizes):
        return np.empty((0, _SKETCH), np.uint8)
    result = np.empty((len(table.sizes), _SKETCH), np.uint8)
    for number in range(_SKETCH):
        scrambled = mix(table.hashes + np.uint64((number + 1) * 0x632BE59BD9B4E019 % 2**64))
        least = np.minimum.reduceat(scrambled[table.tokens], table.starts[:-1])
        result[:, number] = least.astype(np.uint8)
    return result


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
