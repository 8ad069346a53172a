"""The fake base and its learner: the whole loop in seconds, without weights.

`--base fake` selects them, for every kind of task. What `table.v1` learns depends on its knobs, so
a search has something to find: more coverage is better, and overlap beats frequent beats none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pioneer.errors import RecipeError
from pioneer.families.base import Knob, Learner, Model, Space, Strategy, Workbench
from pioneer.families.lots import lot
from pioneer.families.table import FALLBACKS, Carry, Entry, Table, TableModel, ranked_labels, shares
from pioneer.records import Example, Mix, Recipe, Scalar, Task
from pioneer.text.normal import normalise

FAKE_BASE = "fake"

TABLE = Strategy(
    name="table.v1",
    knobs=(
        Knob("coverage", (0.25, 0.5, 0.75, 1.0), 0.5),
        Knob("fallback", FALLBACKS, "frequent"),
        Knob("neighbours", (1, 3, 9), 1),
    ),
    cost=1.0,
)


def wants_fake(bases: Sequence[str]) -> bool:
    """Whether the fake base was chosen. Raises RecipeError if it is mixed with real ones."""
    if FAKE_BASE in bases and set(bases) != {FAKE_BASE}:
        others = ", ".join(base for base in bases if base != FAKE_BASE)
        raise RecipeError(
            f"base {FAKE_BASE!r} cannot be searched together with {others}",
            hint="choose either the fake base or real ones",
        )
    return FAKE_BASE in bases


def fake_space(mixes: tuple[Mix, ...]) -> Space:
    return Space(strategies=(TABLE,), bases=(FAKE_BASE,), mixes=mixes)


def fake_probe() -> Recipe:
    """The cheap probe of the fake base: the whole table, with the nearest rows as fallback."""
    return Recipe(FAKE_BASE, TABLE.name, {"coverage": 1.0, "fallback": "overlap", "neighbours": 3})


def table_learner(carry: Carry) -> Learner:
    """`table.v1` for a kind; `carry` moves a known target to a new input."""

    def learn(recipe: Recipe, task: Task, examples: Sequence[Example], bench: Workbench) -> Model:
        if recipe.base != FAKE_BASE:
            raise RecipeError(
                f"strategy {TABLE.name!r} learns no weights, so base {recipe.base!r} is no use",
                hint=f"choose base {FAKE_BASE!r}",
            )
        knobs = _checked(recipe.hyper)
        share = float(str(knobs["coverage"]))
        kept = [row for row in examples if lot(recipe.seed, normalise(row.input)) < share]
        labels = ranked_labels(task, examples)
        table = Table(
            entries=tuple(Entry(row.input, row.target) for row in sorted(kept, key=_by_id)),
            seen=shares([row.target for row in examples], labels),
            labels=labels,
            fallback=str(knobs["fallback"]),
            neighbours=int(str(knobs["neighbours"])),
        )
        bench.progress(1.0)
        return TableModel(table, carry)

    return learn


def _by_id(example: Example) -> str:
    return example.id


def _checked(hyper: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The knobs with defaults filled in. Raises RecipeError for one that has no such value."""
    allowed = {knob.name: knob.values for knob in TABLE.knobs}
    for name, value in hyper.items():
        if name not in allowed:
            raise RecipeError(f"strategy {TABLE.name!r} has no hyperparameter {name!r}")
        if value not in allowed[name]:
            values = ", ".join(map(str, allowed[name]))
            raise RecipeError(f"{name} must be one of {values}, but got {value!r}")
    return TABLE.defaults() | dict(hyper)
