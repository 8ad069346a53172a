"""Finding in one text what was marked in another."""

from __future__ import annotations

import re

from pioneer.families.extraction.rows import in_order, spans_of
from pioneer.records import Span, Target


def respan(their_input: str, target: Target, my_input: str) -> Target:
    """The spans of my input that read like their marked ones, as whole words, case aside.

    Every occurrence counts; where two meet, the longer one stays.
    """
    wanted = {their_input[span.start : span.end]: span.label for span in spans_of(target)}
    taken = set[Span]()
    for surface in sorted(wanted, key=lambda text: (-len(text), text)):
        for start, end in _places(surface, my_input):
            if all(end <= other.start or other.end <= start for other in taken):
                taken.add(Span(start, end, wanted[surface]))
    return in_order(taken)


def _places(surface: str, text: str) -> list[tuple[int, int]]:
    if not surface.strip():
        return []
    pattern = rf"(?<!\w){re.escape(surface)}(?!\w)"
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
