"""How long real inputs are."""

from __future__ import annotations

from collections.abc import Sequence

_SLACK = 2.0  # how far beyond the usual lengths a row may lie
_TAIL = 0.01  # share of the shortest and of the longest inputs that do not count as usual


def usual_lengths(inputs: Sequence[str]) -> tuple[int, int] | None:
    """The fewest and most characters of a row that could pass for a real input.

    None without inputs. Generous by a factor of two on both sides: it is there to keep out essays
    from a set of one-liners, not to trim.
    """
    if not inputs:
        return None
    ordered = sorted(len(text) for text in inputs)
    tail = int(_TAIL * len(ordered))
    return int(ordered[tail] / _SLACK), int(ordered[-1 - tail] * _SLACK)
