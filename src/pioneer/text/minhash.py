"""Near-duplicates: texts whose character 5-grams have a Jaccard similarity of 0.8 or more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pioneer.text.normal import normalise
from pioneer.text.shingles import shingle_table
from pioneer.text.similar import Ints, similar_pairs

THRESHOLD = 0.8


def near_duplicate_groups(texts: Sequence[str], threshold: float = THRESHOLD) -> list[int]:
    """The group of each text, numbered by first appearance; a chain of neighbours is one group."""
    unique, distinct = _distinct(texts)
    parent = np.arange(len(distinct))

    def apart(left: Ints, right: Ints) -> NDArray[np.bool_]:
        roots = _roots(parent)
        return np.asarray(roots[left] != roots[right])

    for left, right in similar_pairs(shingle_table(distinct), threshold, apart):
        _join(parent, left, right)
    numbers: dict[int, int] = {}
    roots = _roots(parent)[unique].tolist()
    return [numbers.setdefault(root, len(numbers)) for root in roots]


def near_duplicates_across(
    texts: Sequence[str], others: Sequence[str], threshold: float = THRESHOLD
) -> dict[int, int]:
    """The texts that have a near-duplicate among `others`: index of the text -> of the other."""
    unique, distinct = _distinct([*texts, *others])
    ours, theirs = unique[: len(texts)], unique[len(texts) :]
    inside = np.zeros(len(distinct), bool)
    inside[ours] = True
    other = np.full(len(distinct), -1)
    other[theirs[::-1]] = np.arange(len(others))[::-1]  # the first of equal ones
    match = other.copy()

    def crossing(left: Ints, right: Ints) -> NDArray[np.bool_]:
        open_ = inside & (match < 0)
        is_other = other >= 0
        return np.asarray((open_[left] & is_other[right]) | (open_[right] & is_other[left]))

    for left, right in similar_pairs(shingle_table(distinct), threshold, crossing):
        for one, two in ((left, right), (right, left)):
            if match[one] < 0:
                match[one] = other[two]
    found = enumerate(match[ours].tolist())
    return {index: partner for index, partner in found if partner >= 0}


def _distinct(texts: Sequence[str]) -> tuple[Ints, list[str]]:
    """For each text the index of its normalised form, and the distinct normalised forms."""
    first: dict[str, int] = {}
    unique = [first.setdefault(normalise(text), len(first)) for text in texts]
    return np.array(unique, np.int64), list(first)


def _roots(parent: Ints) -> Ints:
    """Every node's root; shortens all paths in place."""
    while not np.array_equal(parent[parent], parent):
        parent[:] = parent[parent]
    return parent


def _join(parent: Ints, left: int, right: int) -> None:
    while parent[left] != left:
        left = int(parent[left])
    while parent[right] != right:
        right = int(parent[right])
    parent[max(left, right)] = min(left, right)
