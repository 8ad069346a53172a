"""Extraction as the rest of the project sees it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pioneer.families.base import Learner, Model, Parsed, Repair, Space, Workbench
from pioneer.families.extraction import cleaning, metrics, rows
from pioneer.families.extraction.carry import respan
from pioneer.families.fakes import (
    FAKE_BASE,
    TABLE,
    fake_probe,
    fake_space,
    table_learner,
    wants_fake,
)
from pioneer.families.lacking import chosen, no_weights
from pioneer.families.majority import MAJORITY, majority_learner
from pioneer.families.mixes import ALL_ROWS, GOLD_AND_HARD, WITHOUT_SUSPECTS
from pioneer.families.table import export_table, load_table
from pioneer.records import Example, Json, Kind, Prediction, Recipe, RowStat, Target, Task

_LEARNERS: Mapping[str, Learner] = {
    TABLE.name: table_learner(respan),
    MAJORITY: majority_learner(respan),
}
_MIXES = (ALL_ROWS, WITHOUT_SUSPECTS, GOLD_AND_HARD)
_SURE = 0.9


class Extraction:
    """Labelled stretches of a text; see `families.base.Family`."""

    kind = Kind.EXTRACTION
    default_base = "minilm"
    default_metric = "entity_f1"
    metrics = metrics.METRICS
    cues = (
        "extract", "extraction", "entity", "entities", "ner", "named entity", "span", "spans",
        "pull out", "mark up", "highlight", "annotate", "locate", "mention", "redact", "mark",
        "find",
    )  # fmt: skip
    input_columns = (
        "text", "sentence", "utterance", "query", "message", "content", "input", "tweet", "body",
    )  # fmt: skip
    reads_logs = False
    target_columns = ("spans", "entities", "annotations", "ner", "mentions", "output")

    def parse(self, row: Mapping[str, Any]) -> Parsed:
        return rows.parse(row)

    def render(self, example: Example) -> dict[str, Json]:
        return rows.render(example)

    def clean(self, examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
        return cleaning.clean(examples)

    def labels(self, examples: Sequence[Example]) -> tuple[str, ...]:
        return tuple(sorted({s.label for row in examples for s in rows.spans_of(row.target)}))

    def varied(self, task: Task, example: Example, rng: random.Random) -> None:
        """None: a slip may move what is to be found, or change the answer."""

    def stratum(self, example: Example) -> str:
        """The label of the first span; empty where there is none."""
        spans = rows.spans_of(example.target)
        return spans[0].label if spans else ""

    def score_row(self, task: Task, example: Example, prediction: Prediction) -> RowStat:
        return metrics.score_row(task, example, prediction)

    def passed(self, stat: RowStat) -> bool:
        return stat.score == 1.0

    def aggregate(self, stats: Sequence[RowStat], metric: str) -> float:
        return metrics.aggregate(stats, metric)

    def per_label(self, stats: Sequence[RowStat]) -> dict[str, dict[str, float]]:
        found = metrics.by_label(stats)
        return {label: found[label].row() for label in sorted(found)}

    def answer(self, output: Target | None) -> Json:
        return None if output is None else rows.as_json(output)

    def space(
        self,
        task: Task,  # noqa: ARG002
        bases: Sequence[str],
        rows: int,  # noqa: ARG002
        served: bool = False,  # noqa: ARG002
    ) -> Space:
        if not wants_fake(bases):
            raise no_weights(self.kind, bases[0] if bases else self.default_base)
        return fake_space(_MIXES)

    def baselines(self, task: Task, base: str) -> dict[str, Recipe]:  # noqa: ARG002
        if base != FAKE_BASE:
            raise no_weights(self.kind, base)
        return {"majority": Recipe(base, MAJORITY, {}), "probe": fake_probe()}

    def suspects(
        self,
        task: Task,  # noqa: ARG002
        examples: Sequence[Example],
        predictions: Sequence[Prediction],
    ) -> list[str]:
        """Rows on which a sure prediction and the marks have no span in common, surest first."""
        doubted = [
            (prediction.confidence, row.id)
            for row, prediction in zip(examples, predictions, strict=True)
            if prediction.confidence >= _SURE
            and rows.spans_of(prediction.output)
            and not set(rows.spans_of(prediction.output)) & set(rows.spans_of(row.target))
        ]
        return [name for _, name in sorted(doubted, key=lambda pair: (-pair[0], pair[1]))]

    def learner(self, strategy: str) -> Learner:
        return chosen(_LEARNERS, strategy, self.kind)

    def load(self, folder: Path, bench: Workbench) -> Model:  # noqa: ARG002
        return load_table(folder, respan)

    def inherits(self, recipe: Recipe) -> bool:  # noqa: ARG002
        return False

    def export(self, model: Model, folder: Path, form: str) -> None:
        export_table(model, folder, form)
