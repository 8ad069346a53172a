"""A workspace with rows on the real base, and jobs for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pioneer.data.rows import manifest_of, put
from pioneer.execution.job import Job
from pioneer.records import Example, Recipe, Scalar
from pioneer.store.workspace import open_workspace
from tests.families.learners.lessons import TASK, TINY, rows

Share = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Office:
    """What jobs of one workspace share."""

    workspace: Path
    train: str
    score: str
    folds: str

    def job(self, strategy: str, *, seed: int = 0, threads: int = 1, **knobs: Scalar) -> Job:
        """Train, answer the held-out rows and keep the weights."""
        recipe = Recipe("minilm", strategy, {**TINY[strategy], **knobs}, seed=seed)
        return Job(
            str(self.workspace), TASK, recipe, self.train, self.score, keep=True, threads=threads
        )

    def fold(self, strategy: str, number: int, **knobs: Scalar) -> Job:
        """Train on all folds but one, and answer that."""
        whole = self.job(strategy)
        recipe = replace(whole.recipe, hyper={**whole.recipe.hyper, **knobs})
        return replace(whole, recipe=recipe, score=None, keep=False, folds=self.folds, fold=number)


def office(place: Path, per_label: int = 4) -> Office:
    train, score = rows(per_label), rows(2, skip=20)
    with open_workspace(place, write=True) as opened:
        with opened.engine.begin() as connection:
            put(connection, [*train, *score])
        artifacts = opened.artifacts
        return Office(
            opened.root,
            artifacts.put_json(manifest_of(train)),
            artifacts.put_json(manifest_of(score)),
            artifacts.put_json(_folds(train)),
        )


def _folds(examples: list[Example]) -> dict[str, int]:
    """Two folds, each with every label."""
    return {row.id: place // 6 % 2 for place, row in enumerate(examples)}


def ignore(_key: str, _share: float) -> None:
    pass


def children(parent: int) -> list[int]:
    """Worker processes of a process (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = (stat.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[1]) == parent and "pioneer.execution.worker" in command:
            found.append(int(stat.parent.name))
    return sorted(found)
