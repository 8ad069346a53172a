"""RowStats for the tests of evaluation."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from pioneer.records import RowStat


def rows(scores: Sequence[float], groups: Sequence[str] | None = None) -> list[RowStat]:
    """One row per score, ids r0, r1, ...; the output is right where the score is 1."""
    names = groups or [""] * len(scores)
    return [
        RowStat(f"r{at}", group, score, "yes", "yes" if score == 1.0 else "no", 0.5)
        for at, (score, group) in enumerate(zip(scores, names, strict=True))
    ]


def labelled(stats: Sequence[RowStat], _metric: str) -> float:
    """A measure that is no mean of rows: the mean over targets of their mean score."""
    found: dict[str, list[float]] = {}
    for stat in stats:
        found.setdefault(stat.target, []).append(stat.score)
    return sum(sum(scores) / len(scores) for scores in found.values()) / len(found)


binary = st.sampled_from((0.0, 1.0))
partial = st.sampled_from((0.0, 0.25, 0.5, 1.0))
