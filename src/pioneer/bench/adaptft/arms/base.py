"""What an arm is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pioneer import api
from pioneer.bench.adaptft.cells import Tally
from pioneer.bench.adaptft.scene import Scene
from pioneer.records import Json

KEPT, DEPLOYED, FAILED = "kept", "deployed", "failed"

Answers = tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A stage of a seed, for one arm."""

    scene: Scene
    stage: int
    """1 for the first. Its log is new; those before it are known."""
    home: Path
    """An empty folder of this turn's own."""
    before: Path | None
    """The folder of this arm's turn before; None at the first stage."""

    def logged(self) -> list[dict[str, Any]]:
        """All calls so far."""
        return [row for stage in range(1, self.stage + 1) for row in self.scene.log(stage)]

    @property
    def cache(self) -> Path:
        """Embeddings, shared by all arms of the seed."""
        return self.scene.folder / "cache"


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a turn; see `cells.Cell`."""

    decision: str
    deployed: Answers
    candidate: Answers | None = None
    reason: str = ""
    trained_rows: int = 0
    triage: Tally | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


class Arm(Protocol):
    def __call__(self, turn: Turn) -> Made: ...


def asked_of(model: str, workspace: Path, scene: Scene) -> Answers:
    """A version's answers to the questions of a seed."""
    found = api.load(model, workspace=workspace)(scene.inputs())
    return answered(scene, [one.output for one in found])


def answered(scene: Scene, outputs: Sequence[Any]) -> Answers:
    """Outputs as a log holds them."""
    return tuple(scene.family.answer(one) for one in outputs)
