"""The ways to learn that the search may choose from, with their knobs. Loads nothing heavy.

The defaults are what won on rows that no benchmark scores; see design/log.md.
"""

from __future__ import annotations

from dataclasses import replace

from pioneer.families.base import Knob, Strategy
from pioneer.records import Scalar

_BATCH = Knob("batch", (16, 32, 64), 32)
_EPOCHS = Knob("epochs", (2, 3, 5, 8), 3)

PROBE = Strategy(
    name="probe.v1",
    knobs=(Knob("C", (1.0, 4.0, 16.0, 64.0, 256.0), 16.0),),
    cost=1.0,
)
FULL = Strategy(
    name="full.v1",
    knobs=(
        Knob("rate", (5e-5, 1e-4, 2e-4, 4e-4), 2e-4),
        _EPOCHS,
        _BATCH,
        Knob("smoothing", (0.0, 0.05), 0.0),
        Knob("frozen_layers", (0, 2, 3), 0),
    ),
    cost=12.0,
)
CONTRASTIVE = Strategy(
    name="contrastive.v1",
    knobs=(
        Knob("rate", (5e-5, 1e-4, 2e-4), 1e-4),
        _EPOCHS,
        Knob("batch", (32, 64), 64),
        Knob("temperature", (0.03, 0.05, 0.1), 0.05),
        Knob("C", (1.0, 4.0, 16.0), 1.0),
    ),
    cost=12.0,
)
LORA = Strategy(
    name="lora.v1",
    knobs=(
        Knob("rate", (5e-4, 1e-3, 2e-3, 4e-3), 2e-3),
        _EPOCHS,
        _BATCH,
        Knob("rank", (8, 16, 32), 16),
    ),
    cost=10.0,
)
KEEPING = Strategy(
    name="keeping.v1",
    knobs=(
        Knob("rate", (5e-5, 1e-4, 2e-4, 4e-4), 2e-4),
        _EPOCHS,
        _BATCH,
        Knob("members", (1, 2, 3, 5), 3),
        Knob("voice", (0.0, 0.15, 0.3, 0.45), 0.3),
        Knob("keep", (0.0, 0.3, 1.0, 3.0), 0.0),
        Knob("blend", (0.0, 0.1, 0.3), 0.0),
    ),
    cost=24.0,
)
MAJORITY = Strategy(name="majority.v1", knobs=(), cost=0.1)
NEAREST_NAME = Strategy(name="nearest-name.v1", knobs=(), cost=0.5)

STRATEGIES: tuple[Strategy, ...] = (PROBE, FULL, CONTRASTIVE, LORA, KEEPING)
"""What a search may propose."""

BASELINES: tuple[Strategy, ...] = (MAJORITY, NEAREST_NAME)
"""What learns next to nothing: there to be beaten, never proposed."""

_FEW_A_LABEL = 100
"""Rows a label below which a fine-tune needs more epochs to have enough steps: at 74 a label (30
intents of CLINC150, validation rows, one seed) 3 epochs gave 96.0, 5 and 8 gave 97.5 %. Not where
a version serves and each row comes with a twin (design/006)."""


def drafts(rows: int, labels: int, served: bool = False) -> tuple[Strategy, ...]:
    """The strategies in the order in which to try them, started where data of this shape wants.

    `rows` and `labels` are of the rows to train on; `served` says whether there is a version whose
    right answers are to be kept.
    """
    rest = (CONTRASTIVE, LORA)
    order = (KEEPING, PROBE, FULL, *rest) if served else (FULL, PROBE, *rest)
    epochs = 5 if rows < _FEW_A_LABEL * labels and not served else 3
    return tuple(_started(each, "epochs", epochs) for each in order)


def _started(strategy: Strategy, name: str, value: Scalar) -> Strategy:
    """The strategy with another default for one knob, where it has that knob."""
    knobs = tuple(
        replace(knob, default=value) if knob.name == name else knob for knob in strategy.knobs
    )
    return replace(strategy, knobs=knobs)
