"""Labels that differ only by case or spaces are one label."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping


def folded(label: str) -> str:
    """The label as labels are compared: without case, single spaces. 'x²' is not 'x2'."""
    return " ".join(unicodedata.normalize("NFC", label).casefold().split())


def spellings(labels: Iterable[str]) -> Mapping[str, str]:
    """Every label as it stands in the data -> the spelling to use.

    The most frequent spelling wins, then the first in sort order; surrounding and double spaces
    are never kept.
    """
    counts = Counter(labels)
    tidy: dict[str, Counter[str]] = defaultdict(Counter)
    for label, count in counts.items():
        tidy[folded(label)][" ".join(label.split())] += count
    chosen = {
        key: min(found, key=lambda label: (-found[label], label)) for key, found in tidy.items()
    }
    return {label: chosen[folded(label)] for label in counts}


def as_known(label: str, known: Iterable[str]) -> str | None:
    """The known label that this one is, case and spaces aside; None if it is none of them."""
    key = folded(label)
    return next((other for other in known if other == label), None) or next(
        (other for other in known if folded(other) == key), None
    )
