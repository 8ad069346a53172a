"""What an arm is given, and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from pioneer.bench.adaptft.build import lines_to
from pioneer.bench.adaptft.cells import Tally
from pioneer.bench.adaptft.scene import Line, Scene, version_of
from pioneer.records import Json, Prediction, content_hash
from pioneer.serving.model import load_version
from pioneer.store.workspace import open_workspace

KEPT, DEPLOYED, FAILED = "kept", "deployed", "failed"

Answers: TypeAlias = tuple[Json, ...]
Ask: TypeAlias = Callable[[], Answers]
"""Asks a version all questions; called when the arm has adapted, off its clock."""


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

    def logged(self) -> list[Line]:
        """All calls so far."""
        return [row for stage in range(1, self.stage + 1) for row in self.scene.log(stage)]

    @property
    def cache(self) -> Path:
        """Tokens and embeddings, shared by the arms that train fixed recipes."""
        return self.scene.folder / "cache"

    def once(self, key: object, ask: Ask) -> Answers:
        """The answers, asked once in a seed for equal keys: many arms serve the same version."""
        file = self.scene.folder / "answers" / f"{content_hash(key)}.json"
        if not file.exists():
            lines_to(file, [{"answers": ask()}])
        return tuple(json.loads(file.read_text(encoding="utf-8"))["answers"])


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a turn; see `cells.Cell`."""

    decision: str
    deployed: Ask
    candidate: Ask | None = None
    reason: str = ""
    trained_rows: int = 0
    peak_mb: float = 0.0
    """Most memory of a process that it started."""
    triage: Tally | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


class Arm(Protocol):
    def __call__(self, turn: Turn) -> Made: ...


def version_asked(turn: Turn, workspace: Path, number: int | None = None) -> Ask:
    """The version of that number, or the one that serves. What is asked stays out of the caches of
    the workspace, which goes on to the next stage."""

    version = version_of(workspace, number)

    def answers() -> Answers:
        with open_workspace(workspace, write=False) as opened:
            model = load_version(opened, version, turn.cache)
            return answered(turn, model(turn.scene.inputs()))

    return partial(turn.once, ["version", version.checkpoint, version.card.serving], answers)


def last_line(said: str) -> str:
    """Of what a command wrote before it failed."""
    return (said.strip().splitlines() or ["it said nothing"])[-1]


def answered(turn: Turn, said: Sequence[Prediction]) -> Answers:
    """As a log holds them."""
    return tuple(turn.scene.family.answer(one.output) for one in said)
