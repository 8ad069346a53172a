"""What the served version answers to the logged calls now, and what a probe takes for what."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from pioneer.data.rows import manifest_of
from pioneer.data.splits import fold_numbers
from pioneer.errors import DataError, TrainingError
from pioneer.execution.job import Job, Scored
from pioneer.families import family
from pioneer.gates.trust import Confusions
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.loop.traffic.served import trusted_rows
from pioneer.records import Prediction
from pioneer.registry.versions import Version


def served_job(room: Room, request: Improve, version: Version, manifest: str) -> Job:
    """The served version on the rows of a manifest."""
    return Job(
        workspace=str(room.workspace.root),
        task=version.card.task,
        recipe=version.card.recipe,
        train=manifest,
        checkpoint=version.checkpoint,
        threads=request.threads * request.workers,
    )


def ask(room: Room, request: Improve, version: Version, manifest: str) -> dict[str, Prediction]:
    """Its answers by row id. Raises TrainingError if it cannot be run."""
    job = replace(served_job(room, request, version, manifest), ask=manifest)
    result = room.do(f"asking {version.label}", {"ask": job})["ask"]
    if result.error is not None or result.answers is None:
        raise TrainingError(f"{version.label} could not be run: {result.error}")
    return room.read(dict[str, Prediction], result.answers)


def trusted_confusions(room: Room, request: Improve, version: Version) -> Confusions:
    """(answered, right) -> rows of the version's own data, each answered by a cheap probe that did
    not see its fold. Empty where they are too few to hold any out."""
    task, rows = version.card.task, trusted_rows(room, version)
    chosen = family(task.kind)
    recipe = list(chosen.baselines(task, version.card.recipe.base).values())[-1]
    try:
        folds = fold_numbers(rows, chosen, {row.id: row.group or row.id for row in rows}, 0)
    except DataError:
        return {}
    job = Job(
        workspace=str(room.workspace.root),
        task=task,
        recipe=recipe,
        train=room.artifacts.put_json(manifest_of(rows)),
        folds=room.artifacts.put_json(folds),
        inspect=True,
        threads=request.threads * request.workers,
    )
    result = room.do("looking at the trusted rows", {"inspect": job})["inspect"]
    if result.error is not None or result.stats is None:
        raise TrainingError(f"the trusted rows could not be looked at: {result.error}")
    stats = room.read(Scored, result.stats).stats
    return Counter((stat.output or "", stat.target) for stat in stats)
