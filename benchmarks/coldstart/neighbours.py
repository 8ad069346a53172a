"""Which texts are near-duplicates of each other: exact, not sampled.

Jaccard similarity of character 5-grams, found with prefix filtering: two sets that are at least
`THRESHOLD` alike must share one of their rarest few grams. It finds what MinHash estimates.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

THRESHOLD = 0.8
GRAM = 5


def normal(text: str) -> str:
    """The text as compared: lower case, single spaces."""
    return " ".join(text.lower().split())


def grams(text: str) -> frozenset[str]:
    """The character 5-grams of a normalised text; a shorter text is its own gram."""
    clean = normal(text)
    return frozenset(clean[i : i + GRAM] for i in range(max(1, len(clean) - GRAM + 1)))


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    shared = len(left & right)
    return shared / (len(left) + len(right) - shared)


def groups(texts: Sequence[str]) -> list[int]:
    """For each text the number of its group; texts linked by near-duplicates share one."""
    parent = list(range(len(texts)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in _pairs(texts):
        low, high = sorted((root(left), root(right)))
        parent[high] = low
    return [root(node) for node in range(len(texts))]


def _pairs(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    sets = [grams(text) for text in texts]
    count = Counter(gram for each in sets for gram in each)
    rarest = [sorted(each, key=lambda gram: (count[gram], gram)) for each in sets]
    index: dict[str, list[int]] = defaultdict(list)
    for node in sorted(range(len(sets)), key=lambda node: len(sets[node])):
        size = len(sets[node])
        prefix = rarest[node][: size - math.ceil(THRESHOLD * size) + 1]
        candidates = {other for gram in prefix for other in index[gram]}
        for other in candidates:
            if len(sets[other]) >= THRESHOLD * size and (
                jaccard(sets[node], sets[other]) >= THRESHOLD
            ):
                yield other, node
        for gram in prefix:
            index[gram].append(node)
