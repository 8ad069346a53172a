"""Rows and evidence for the tests of the gate."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import strategies as st

from pioneer.gates.records import Agreement, Evidence, PairedRow

AGREED = Agreement(100, 100)


def rows(
    fixed: int = 0,
    broken: int = 0,
    right: int = 0,
    wrong: int = 0,
    label: str = "",
    part: str = "g",
) -> list[PairedRow]:
    """So many rows of each kind, each in a group of its own; `right` and `wrong` stay what they
    were."""
    kinds = [
        *[(False, True)] * fixed,
        *[(True, False)] * broken,
        *[(True, True)] * right,
        *[(False, False)] * wrong,
    ]
    return [
        PairedRow(f"{part}{label}{at}", f"{part}{label}{at}", was, now, label)
        for at, (was, now) in enumerate(kinds)
    ]


def evidence(gate: Sequence[PairedRow], ratchet: Sequence[PairedRow] = ()) -> Evidence:
    return Evidence(tuple(gate), AGREED, tuple(ratchet))


@st.composite
def many(draw: st.DrawFn, part: str, least: int = 0) -> list[PairedRow]:
    """Rows with labels, slices and shared groups; mostly right before, as in life."""
    size = draw(st.integers(least, least + 120))
    rng = random.Random(draw(st.integers(0, 2**32)))
    base, fix, fail = draw(st.sampled_from((0.5, 0.85))), rng.random(), rng.random() ** 3 / 3
    found = []
    for at in range(size):
        was = rng.random() < base
        now = rng.random() >= fail if was else rng.random() < fix
        group = at if rng.random() < 0.9 else rng.randrange(size)
        found.append(
            PairedRow(
                f"{part}{at:04}",
                f"{part}{group}",
                was,
                now,
                rng.choice("abcd"),
                tuple(rng.sample(("short", "web", "late"), rng.randrange(3))),
            )
        )
    return found
