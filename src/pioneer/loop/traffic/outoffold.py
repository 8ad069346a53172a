"""Pairs where no row was kept apart to judge: both versions are asked about rows that they were
taught, each time by a fit that did not see the row's fold. No strategy may ask the served version
about rows that it has learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pioneer.curriculum.doubted import is_doubted
from pioneer.curriculum.replay import is_replay
from pioneer.data.rows import manifest_of
from pioneer.data.splits import fold_numbers
from pioneer.errors import TrainingError
from pioneer.execution.job import Job, Scored
from pioneer.families import family
from pioneer.gates.records import PairedRow, paired
from pioneer.loop.question import Question, merged
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.loop.traffic.lessons import Lessons
from pioneer.loop.traffic.served import rows_of
from pioneer.records import Example, Recipe
from pioneer.registry.versions import Version

_LEAST, _MOST = 0.01, 0.99


def expected_failures(version: Version) -> float:
    """The share of traffic that a version gets wrong, as far as its own scores tell."""
    scores = version.card.scores
    found = scores.get("gate") or scores.get("test") or scores.get("dev")
    return min(_MOST, max(_LEAST, 1.0 - found.value)) if found else _LEAST


def parents_rows(
    room: Room, question: Question[Improve, Lessons], version: Version, recipe: Recipe
) -> tuple[PairedRow, ...]:
    """The parent's recipe on its own data, and the candidate's on all lessons, on the rows that the
    parent had learned from."""
    lessons = question.prepared
    rows = [row for row in rows_of(room, lessons.all) if is_replay(row) and not is_doubted(row)]
    own = {row.id for row in rows}
    parent = [row for row in rows_of(room, version.card.manifest) if row.id in own]
    folds = _folds(room, question, rows)
    manifest = room.artifacts.put_json(manifest_of(parent))
    before = out_of_fold(room, question, version.card.recipe, manifest, folds)
    after = out_of_fold(room, question, recipe, lessons.all, folds)
    labels = {row.id: str(row.target) for row in rows}
    return paired(before.stats, after.stats, question.family.passed, labels)


def out_of_fold(
    room: Room,
    question: Question[Improve, Lessons],
    recipe: Recipe,
    train: str,
    folds: str,
    parent: str | None = None,
) -> Scored:
    """What a recipe's fits say of the rows that have a fold. `parent`: the served version, where it
    has not learned these rows. Raises TrainingError if a fit failed."""
    job = Job(
        workspace=str(room.workspace.root),
        task=question.prepared.task,
        recipe=recipe,
        train=train,
        folds=folds,
        parent=parent,
        threads=question.request.threads,
    )
    count = max(room.artifacts.get_json(folds).values()) + 1
    jobs = {str(fold): replace(job, fold=fold) for fold in range(count)}
    results = room.do("asking out of fold", jobs).values()
    for result in results:
        if result.error is not None:
            raise TrainingError(f"a fit out of fold failed: {result.error}")
    return merged(room, [str(result.stats) for result in results])


def _folds(room: Room, question: Question[Improve, Lessons], rows: Sequence[Example]) -> str:
    chosen = family(question.prepared.task.kind)
    groups = {row.id: row.group or row.id for row in rows}
    return room.artifacts.put_json(fold_numbers(rows, chosen, groups, question.request.seed))
