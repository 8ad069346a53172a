"""The baseline that always gives the most frequent answer; it needs no base."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.families.base import Learner, Model, Workbench
from pioneer.families.table import Carry, Table, TableModel, ranked_labels, shares
from pioneer.records import Example, Recipe, Task

MAJORITY = "majority.v1"


def majority_learner(carry: Carry) -> Learner:
    """`majority.v1` for a kind; `carry` moves a known target to a new input."""

    def learn(
        recipe: Recipe,  # noqa: ARG001
        task: Task,
        examples: Sequence[Example],
        bench: Workbench,
    ) -> Model:
        labels = ranked_labels(task, examples)
        seen = shares([row.target for row in examples], labels)
        bench.progress(1.0)
        return TableModel(Table((), seen, labels, "frequent"), carry)

    return learn
