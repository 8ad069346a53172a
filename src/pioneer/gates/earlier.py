"""The ratchet's second half: never far below the best version that there was."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.gates.records import Earlier, RuleResult

NAME = "best_earlier"
ROWS_LEAST = 300
POINTS = 0.02
_HAIR = 1e-9


def best_earlier(versions: Sequence[Earlier]) -> RuleResult:
    """Hold more than 2 points below the best earlier version on its own set of >= 300 rows."""
    known = [version for version in versions if version.rows >= ROWS_LEAST]
    if not known:
        told = f"no earlier version has a set of {ROWS_LEAST} rows or more: nothing to fall below"
        return RuleResult(NAME, True, told, {"versions": len(versions), "points": POINTS})
    best = max(known, key=lambda version: (version.value, version.rows, version.version))
    below = best.value - best.candidate
    passed = below <= POINTS + _HAIR
    sentence = (
        f"{100 * best.candidate:.1f} on the {best.rows} rows of {best.version}, which had "
        f"{100 * best.value:.1f}: {'not ' if passed else ''}more than {100 * POINTS:.0f} points "
        "below"
    )
    numbers = {
        "version": best.version,
        "rows": best.rows,
        "value": best.value,
        "candidate": best.candidate,
        "below": below,
        "points": POINTS,
    }
    return RuleResult(NAME, passed, sentence, numbers)
