"""What an arm is given, and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from pioneer.bench.adaptft.build import MODEL, lines_to
from pioneer.bench.adaptft.cells import Tally
from pioneer.bench.adaptft.scene import Line, Scene
from pioneer.records import Json, content_hash
from pioneer.registry.versions import find, promoted
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
    triage: Tally | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


class Arm(Protocol):
    def __call__(self, turn: Turn) -> Made: ...


def version_asked(turn: Turn, workspace: Path, number: int | None = None) -> Ask:
    """The version of that number, or the one that serves. What is asked stays out of the caches of
    the workspace, which goes on to the next stage."""

    def ask() -> Answers:
        with open_workspace(workspace, write=False) as opened:
            with opened.engine.connect() as connection:
                version = find(connection, MODEL if number is None else f"{MODEL}@{number}")
            model = load_version(opened, version, turn.cache)
            key = ["version", version.checkpoint, version.card.serving]
            return turn.once(key, lambda: _answered(turn, model(turn.scene.inputs())))

    return ask


def serving(workspace: Path) -> int:
    """The number of the version that serves."""
    with open_workspace(workspace, write=False) as opened, opened.engine.connect() as connection:
        version = promoted(connection, MODEL)
    assert version is not None
    return version.version


def _answered(turn: Turn, said: Sequence[Any]) -> Answers:
    """As a log holds them."""
    return tuple(turn.scene.family.answer(one.output) for one in said)
