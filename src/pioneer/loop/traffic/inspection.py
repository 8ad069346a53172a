"""What is fixed before the first training of a cycle: evidence about each row, and the slices."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.diagnosis.records import LogRow
from pioneer.errors import TrainingError
from pioneer.execution.job import Job
from pioneer.families import family
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.loop.traffic.lessons import Lessons
from pioneer.registry.versions import Version


def inspected(room: Room, request: Improve, version: Version, taught: Lessons) -> str:
    """Artefact: what a cheap probe, asked out of fold, says of each row to learn from."""
    task = version.card.task
    recipe = list(family(task.kind).baselines(task, version.card.recipe.base).values())[-1]
    job = Job(
        workspace=str(room.workspace.root),
        task=task,
        recipe=recipe,
        train=taught.train,
        folds=taught.inspection,
        inspect=True,
        threads=request.threads * request.workers,
    )
    result = room.do("looking at the rows", {"inspect": job})["inspect"]
    if result.error is not None or result.evidence is None:
        raise TrainingError(f"the rows could not be looked at: {result.error}")
    return result.evidence


def named_slices(rows: Sequence[LogRow]) -> dict[str, tuple[str, ...]]:
    """Row ids of the short, the middling and the long inputs, a third each."""
    order = sorted(rows, key=lambda row: (len(row.input), row.id))
    third = len(order) // 3
    cut = {"short": order[:third], "middling": order[third:-third], "long": order[-third:]}
    return {name: tuple(sorted(row.id for row in part)) for name, part in cut.items() if third}
