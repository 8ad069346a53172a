"""Arms that train the first version's recipe, from the base, on rows that no loop chose."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache

from pioneer.bench.adaptft.arms.base import (
    DEPLOYED,
    KEPT,
    Answers,
    Made,
    Turn,
    answered,
    version_asked,
)
from pioneer.bench.adaptft.cells import target
from pioneer.bench.adaptft.scene import Line, Scene
from pioneer.data.groups import groups_of
from pioneer.data.splits import fold_numbers
from pioneer.encoding.threads import processors
from pioneer.families.base import Model, Workbench
from pioneer.families.lots import lot
from pioneer.records import Example, Json, Prediction, Recipe


def no_op(turn: Turn) -> Made:
    """Keep the first version."""
    return Made(KEPT, version_asked(turn, turn.scene.workspace))


@dataclass(frozen=True, slots=True)
class Fixed:
    """Trains on what `rows` gives, and always deploys."""

    rows: Callable[[Turn], list[Example]]

    def __call__(self, turn: Turn) -> Made:
        recipe, rows = turn.scene.card.recipe, self.rows(turn)
        model = _fitted(turn, recipe, rows)

        @cache
        def ask() -> Answers:
            return answered(turn, model.predict(turn.scene.inputs()))

        details = {"rows": len(rows), "strategy": recipe.strategy}
        passes = len(rows) * recipe.passes
        return Made(DEPLOYED, ask, ask, trained_rows=passes, details=details)


def clean_only(turn: Turn) -> list[Example]:
    return turn.scene.clean()


def naive(turn: Turn) -> list[Example]:
    """Everything logged so far, with the correction, else the model's own answer."""
    pairs = [(row, taught_by(row)) for row in turn.logged()]
    logged = [
        Example(row["id"], row["input"], target(said)) for row, said in pairs if said is not None
    ]
    return turn.scene.clean() + logged


def naive_cleanlab(turn: Turn) -> list[Example]:
    """Less the label issues that cleanlab finds with frozen embeddings, out of fold."""
    rows, scene = naive(turn), turn.scene
    said = out_of_fold(turn, cheap_probe(scene), rows)
    judged = [row for row in rows if row.id in said]
    issues = set(scene.family.suspects(scene.card.task, judged, [said[row.id] for row in judged]))
    return [row for row in rows if row.id not in issues]


def random_augmentation(turn: Turn) -> list[Example]:
    """As many random clean rows as were logged, or all that there are."""
    scene = turn.scene
    order = sorted(scene.reserve(), key=lambda row: lot(scene.seed, f"augment {row.id}"))
    return scene.clean() + order[: len(turn.logged())]


def taught_by(row: Line) -> Json:
    """The visible answer of a logged call."""
    said: Json = row.get("expected", row["output"])
    return said


def cheap_probe(scene: Scene) -> Recipe:
    """The one whose out-of-fold answers curation uses."""
    return list(scene.family.baselines(scene.card.task, scene.card.recipe.base).values())[-1]


def out_of_fold(
    turn: Turn, recipe: Recipe, rows: Sequence[Example], teaching: Collection[str] | None = None
) -> dict[str, Prediction]:
    """Answers, by row, of a model that saw neither the row nor one near it or of its group.
    `teaching`: ids of the rows that any model learns from, where not all do."""
    folds = fold_numbers(rows, turn.scene.family, groups_of(rows), turn.scene.seed)
    found: dict[str, Prediction] = {}
    for fold in sorted(set(folds.values())):
        asked = [row for row in rows if folds.get(row.id) == fold]
        others = [row for row in rows if folds.get(row.id) != fold]
        taught = [row for row in others if teaching is None or row.id in teaching]
        said = _fitted(turn, recipe, taught).predict([row.input for row in asked])
        found |= {row.id: one for row, one in zip(asked, said, strict=True)}
    return found


def _fitted(turn: Turn, recipe: Recipe, rows: Sequence[Example]) -> Model:
    learner = turn.scene.family.learner(recipe.strategy)
    return learner(recipe, turn.scene.card.task, rows, Workbench(turn.cache, processors()))
