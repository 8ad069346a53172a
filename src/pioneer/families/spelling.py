"""Labels that differ only by case or spaces are one label."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from pioneer.families.words import folded


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
