"""What the winner has to beat, and what the cheap probe tells about the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pioneer.errors import TrainingError
from pioneer.evaluation.intervals import score
from pioneer.execution.job import Job, Scored
from pioneer.families import family
from pioneer.loop.prepare import Prepared
from pioneer.loop.request import ColdStart
from pioneer.loop.room import Room
from pioneer.records import Recipe, Score

_UNSEEN = "test inputs"


@dataclass(frozen=True, slots=True)
class Baselines:
    scores: Mapping[str, Score]
    """On dev, by name."""
    stats: Mapping[str, str]
    """Artefacts: their scored dev rows."""
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    evidence: str = ""
    """Artefact: what the probe, asked out of fold, says of each train row."""
    answers: tuple[str, ...] = ()
    """Artefacts: what the probe answered to rows it had not learned from; together all rows."""


def measure_baselines(room: Room, request: ColdStart, prepared: Prepared, base: str) -> Baselines:
    """Score the family's baselines on dev, and inspect the train rows with the last of them."""
    chosen = family(prepared.task.kind)
    recipes = chosen.baselines(prepared.task, base)
    probe = list(recipes)[-1]
    jobs: dict[str, Job] = {}
    for name, recipe in recipes.items():
        plain = Job(
            workspace=str(room.workspace.root),
            task=prepared.task,
            recipe=recipe,
            train=prepared.train,
            threads=request.threads * request.workers,
        )
        if prepared.out_of_fold or name == probe:
            jobs[name] = replace(plain, folds=prepared.folds, inspect=True)
        if not prepared.out_of_fold:
            ask = prepared.dev if name == probe else None
            jobs[f"{name} on dev"] = replace(plain, score=prepared.dev, ask=ask)
        if name == probe:
            jobs[_UNSEEN] = replace(plain, ask=prepared.test)
    first = {probe: jobs.pop(probe)}  # alone: it fills the caches that all others read
    results = room.do("looking at the rows", first) | room.do("baselines", jobs)
    for name, result in results.items():
        if result.error is not None:
            raise TrainingError(f"the baseline {name!r} failed: {result.error}")
    suffix = "" if prepared.out_of_fold else " on dev"
    stats = {name: str(results[name + suffix].stats) for name in recipes}
    metric = prepared.task.metric
    scores = {
        name: score(room.read(Scored, digest).stats, metric, chosen.aggregate)
        for name, digest in stats.items()
    }
    for name, found in scores.items():
        room.say(f"baseline {name}: {metric} {found.value:.4f} on dev")
    return Baselines(
        scores,
        stats,
        recipes,
        str(results[probe].evidence),
        tuple(result.answers for result in results.values() if result.answers),
    )
