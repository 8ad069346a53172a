"""The ways to learn that the search may choose from, with their knobs. Loads nothing heavy."""

from __future__ import annotations

from pioneer.families.base import Knob, Strategy

PROBE = Strategy(
    name="probe.v1",
    knobs=(Knob("C", (1.0, 4.0, 16.0, 64.0, 256.0), 16.0),),
    cost=1.0,
)
MAJORITY = Strategy(name="majority.v1", knobs=(), cost=0.1)
NEAREST_NAME = Strategy(name="nearest-name.v1", knobs=(), cost=0.5)

STRATEGIES: tuple[Strategy, ...] = (PROBE,)
"""What a search may propose, cheapest first."""

BASELINES: tuple[Strategy, ...] = (MAJORITY, NEAREST_NAME)
"""What learns next to nothing: there to be beaten, never proposed."""


def drafts(_rows_per_label: float, _labels: int) -> tuple[Strategy, ...]:
    """The strategies in the order in which to try them for data of this shape."""
    return STRATEGIES
