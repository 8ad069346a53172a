"""The graph of trials, as a view of the journal: who came from whom, and what they earned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pioneer.records import Recipe, Trial, TrialStatus, content_hash

REPEAT = "seed"
"""The operator of a trial that repeats a recipe with another seed, to measure noise only."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a trial and its finished descendants earned."""

    n: int
    """1 + finished descendants."""
    reward: float
    """Mean reward over them, 0..1."""


def recipe_hash(recipe: Recipe) -> str:
    return content_hash(recipe)


def seedless(recipe: Recipe) -> str:
    """Equal for recipes that differ in nothing but the seed."""
    return content_hash(replace(recipe, seed=0))


def tried(trials: Sequence[Trial]) -> frozenset[str]:
    """Hashes of all recipes tried, failed ones too; none of them is trained again."""
    return frozenset(recipe_hash(trial.recipe) for trial in trials)


def finished(trials: Sequence[Trial]) -> list[Trial]:
    """Trials with a score, in proposal order."""
    return [
        trial
        for trial in trials
        if trial.status is TrialStatus.FINISHED and trial.score is not None
    ]


def candidates(trials: Sequence[Trial]) -> list[Trial]:
    """Finished trials that may be expanded or win: all but repeats with another seed."""
    return [trial for trial in finished(trials) if trial.operator != REPEAT]


def value(trial: Trial) -> float:
    """The score of a finished trial."""
    if trial.score is None:
        raise ValueError(f"trial {trial.number} has no score")
    return trial.score.value


def ancestors(trials: Sequence[Trial]) -> dict[int, frozenset[int]]:
    """All ancestors of each trial, through every parent.

    Parents always have a lower number, so the graph has no cycle.
    """
    found: dict[int, frozenset[int]] = {}
    for trial in sorted(trials, key=lambda trial: trial.number):
        above = [found.get(parent, frozenset()) | {parent} for parent in trial.parents]
        found[trial.number] = frozenset().union(*above)
    return found


def descendants(trials: Sequence[Trial]) -> dict[int, frozenset[int]]:
    """All descendants of each trial, finished or not."""
    found: dict[int, set[int]] = {trial.number: set() for trial in trials}
    for number, above in ancestors(trials).items():
        for ancestor in above & found.keys():
            found[ancestor].add(number)
    return {number: frozenset(below) for number, below in found.items()}


def rewards(trials: Sequence[Trial], noise: float) -> dict[int, float]:
    """1 + (score - best) / max(range, 4 x noise) of every finished trial: in 0..1, the best 1.

    Two trials that differ by noise alone are not blown up to the full range.
    """
    scores = {trial.number: value(trial) for trial in finished(trials)}
    if not scores:
        return {}
    top = max(scores.values())
    scale = max(top - min(scores.values()), 4 * noise)
    return {
        number: 1.0 + (score - top) / scale if scale > 0 else 1.0
        for number, score in scores.items()
    }


def worths(trials: Sequence[Trial], noise: float) -> Mapping[int, Worth]:
    """What every finished trial is worth, backed up through all ancestors."""
    earned = rewards(trials, noise)
    below = descendants(trials)
    found: dict[int, Worth] = {}
    for number, own in earned.items():
        inherited = [earned[child] for child in sorted(below[number]) if child in earned]
        count = 1 + len(inherited)
        found[number] = Worth(count, (own + sum(inherited)) / count)
    return found
