"""Keep names that stand one above the other from overlapping."""

from __future__ import annotations

from collections.abc import Sequence


def spread(wanted: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Positions in the same order, at least `gap` apart, each near where it wanted to be.

    `wanted` ascends. Where they do not all fit between top and bottom, the last ones pass bottom.
    """
    placed: list[float] = []
    for position in wanted:
        placed.append(max(position, placed[-1] + gap if placed else top))
    limit = bottom
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - gap
    shift = max(0.0, top - placed[0]) if placed else 0.0
    return [position + shift for position in placed]
