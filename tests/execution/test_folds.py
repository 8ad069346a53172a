"""Who is held out of a fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pioneer.data.rows import manifest_of, put
from pioneer.execution import perform as module
from pioneer.execution.job import Job
from pioneer.families.base import Model
from pioneer.records import Example, Kind, Prediction, Recipe, Task
from pioneer.store.workspace import open_workspace


class Echo:
    def predict(self, inputs: list[str]) -> list[Prediction]:
        return [Prediction("a", 1.0) for _ in inputs]


def test_a_row_without_a_fold_is_not_learned_beside_its_own_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A doubted row or a probe has no fold; its source does, and is asked about in it."""
    rows = [Example(f"r{at}", f"text {at}", "ab"[at % 2], f"g{at}") for at in range(8)]
    kin = replace(rows[0], id="kin", input="text 0!")
    stranger = replace(rows[0], id="stranger", input="another", group="g-other")
    with open_workspace(tmp_path, write=True) as opened:
        with opened.engine.begin() as connection:
            put(connection, [*rows, kin, stranger])
        train = opened.artifacts.put_json(manifest_of([*rows, kin, stranger]))
        folds = opened.artifacts.put_json({row.id: at % 2 for at, row in enumerate(rows)})
    learned: list[set[str]] = []

    def model(_desk: Any, examples: list[Example], _progress: Any) -> Model:
        learned.append({row.id for row in examples})
        return Echo()  # type: ignore[return-value]

    monkeypatch.setattr(module, "_model", model)
    task = Task(Kind.CLASSIFICATION, "", ("a", "b"), "accuracy")
    job = Job(str(tmp_path), task, Recipe("fake", "table.v1", {}), train, folds=folds)
    for fold in (0, 1):
        module.perform(replace(job, fold=fold), lambda _share: None)
    assert learned[0] == {"r1", "r3", "r5", "r7", "stranger"}
    assert learned[1] == {"r0", "r2", "r4", "r6", "kin", "stranger"}
