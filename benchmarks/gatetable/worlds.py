"""What is planted: the rows of a gate, and how a candidate's answers differ from the served."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

GAINS = (-0.02, -0.01, 0.0, 0.01, 0.02, 0.03, 0.05, 0.10)
BROKEN = (0.005, 0.01, 0.02, 0.03)
GROUPS = (100, 150, 300, 500, 1000)

SLICES = {"short": 0.3, "medium": 0.5, "long": 0.2, "web": 0.8, "app": 0.2, "late": 0.5}
"""Named slices and their shares of the rows; length and source each part the rows."""


@dataclass(frozen=True, slots=True)
class World:
    """A deployment. Every row is a group of its own."""

    name: str
    told: str
    labels: int = 30
    """Their sizes fall as 1/sqrt(rank): the most frequent has about 5 times the rarest."""
    base: float = 0.85
    """Accuracy of the served version in traffic."""
    ratchet: int = 0
    """Ratchet rows, which are the set of the best earlier version too."""
    oversampled: bool = False
    """Half of the gate rows are failures of the served version, whatever its accuracy."""
    destroyed: bool = False
    """One label of middling size loses 80 % of what was right; the others pay for the gain."""
    on_top: bool = False
    """A loss breaks more rows than `broken` says, instead of leaving fewer fixed ones."""
    gains: tuple[float, ...] = GAINS
    broken: tuple[float, ...] = BROKEN
    groups: tuple[int, ...] = GROUPS


WORLDS = (
    World("first look", "gate rows alone, as in a first `improve`"),
    World(
        "later look",
        "500 ratchet rows besides, the best earlier version's own set among them",
        ratchet=500,
    ),
    World(
        "loss on top",
        "as the first look, but `broken` of all rows are fixed and `broken` + the loss break",
        on_top=True,
        gains=GAINS[:2],
    ),
    World("2 labels", "as the first look", labels=2, broken=(0.01, 0.02), groups=(300,)),
    World("150 labels", "as the first look", labels=150, broken=(0.01, 0.02), groups=(300,)),
    World("70 % right", "as the first look", base=0.7, broken=(0.01, 0.02), groups=(300,)),
    World(
        "95 % right",
        "as the first look",
        base=0.95,
        broken=(0.01, 0.02),
        groups=(300,),
        gains=GAINS[:6],
    ),
    World(
        "failures over-sampled",
        "half of the gate rows are failures, of which traffic holds 15 %",
        oversampled=True,
    ),
    World(
        "one label destroyed",
        "the candidate is better by the gain, but gets 80 % of one label's right rows wrong",
        destroyed=True,
        gains=(0.0, 0.03, 0.05, 0.10),
        broken=(0.01,),
    ),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One square of the grid."""

    world: World
    gain: float
    broken: float
    groups: int

    @property
    def key(self) -> str:
        return f"{self.world.name}|{self.gain}|{self.broken}|{self.groups}"

    @property
    def planted_fixed(self) -> float:
        """Share of all rows that go from wrong to right."""
        return self.planted_broken + self.gain

    @property
    def planted_broken(self) -> float:
        """Share of all rows that go from right to wrong."""
        label = _DESTROYED * _share(self.world) if self.world.destroyed else 0.0
        return self.scattered + label

    @property
    def scattered(self) -> float:
        """The broken rows that fall anywhere."""
        return self.broken + (max(-self.gain, 0.0) if self.world.on_top else 0.0)

    @property
    def possible(self) -> bool:
        """No loss is larger than what breaks, and no more is fixed than was wrong."""
        return -1e-9 <= self.planted_fixed <= 1 - self.world.base


_DESTROYED = 0.8


def cells() -> Iterator[Cell]:
    for world in WORLDS:
        for groups in world.groups:
            for broken in world.broken:
                for gain in world.gains:
                    cell = Cell(world, gain, broken, groups)
                    if cell.possible:
                        yield cell


@dataclass(frozen=True, slots=True)
class Layout:
    """The rows of some hundred draws: gate rows, then ratchet rows."""

    names: tuple[str, ...]
    gate: int
    labels: NDArray[np.intp]
    slices: NDArray[np.bool_]
    """Rows x slices, in the order of SLICES."""


def layout(cell: Cell, rng: np.random.Generator) -> Layout:
    rows = cell.groups + cell.world.ratchet
    short = rng.choice(3, size=rows, p=[0.3, 0.5, 0.2])
    app, late = rng.random(rows) < SLICES["app"], rng.random(rows) < SLICES["late"]
    columns = [short == 0, short == 1, short == 2, ~app, app, late]
    return Layout(
        names=tuple(f"g{at:05}" for at in range(rows)),
        gate=cell.groups,
        labels=rng.choice(cell.world.labels, size=rows, p=_weights(cell.world)),
        slices=np.stack(columns, axis=1),
    )


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws x rows: whether the served version and the candidate are right."""

    before: NDArray[np.bool_]
    after: NDArray[np.bool_]


def planted(cell: Cell, rows: Layout, count: int, rng: np.random.Generator) -> Draws:
    """Every row changes by itself: right ones break and wrong ones are fixed, each alike."""
    world, shape = cell.world, (count, len(rows.names))
    if world.oversampled:
        before = np.broadcast_to(np.arange(shape[1]) >= cell.groups // 2, shape)
    else:
        before = rng.random(shape, dtype=np.float32) < world.base
    breaks = np.full(shape[1], cell.scattered / world.base)
    if world.destroyed:
        lost = rows.labels == world.labels // 2
        breaks[lost] = np.minimum(1.0, breaks[lost] + _DESTROYED)
    change = np.where(before, breaks, max(0.0, cell.planted_fixed) / (1 - world.base))
    changed = rng.random(shape, dtype=np.float32) < change
    return Draws(before, before ^ changed)


def _weights(world: World) -> NDArray[np.float64]:
    weights = 1 / np.sqrt(np.arange(world.labels) + 1.0)
    return np.asarray(weights / weights.sum())


def _share(world: World) -> float:
    """Of all rows: the right ones of the label that is destroyed."""
    return float(_weights(world)[world.labels // 2]) * world.base
