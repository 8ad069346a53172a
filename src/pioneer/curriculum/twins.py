"""Contrastive pairs: a row, and the same row as someone else might have typed it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from pioneer.families.lots import lot
from pioneer.records import Example

Vary: TypeAlias = Callable[[Example, random.Random], Example | None]
"""A row as someone else might have typed it, with the same right answer; None where that cannot be
told. See `Family.varied`."""

_TWIN = "twin"


def twins(rows: Sequence[Example], share: float, vary: Vary, seed: int) -> list[Example]:
    """A twin for a share (0..1) of the rows, of the same group and with the same target.

    Which rows, and how each is varied, depends on their ids and the seed alone.
    """
    chosen = (row for row in rows if lot(seed, f"{_TWIN} {row.id}") < share)
    found = (variation(row, _TWIN, vary, seed) for row in chosen)
    return [row for row in found if row is not None]


def variation(row: Example, name: str, vary: Vary, seed: int) -> Example | None:
    """The variation of a row that has this name; None where none is to be had."""
    varied = vary(row, random.Random(f"{seed} {name} {row.id}"))
    if varied is None:
        return None
    return replace(
        varied,
        id=f"{row.id} {name}",
        target=row.target,
        group=row.group or row.id,
        provenance=f"{row.provenance} {name}".strip(),
    )
