"""Classification as the rest of the project sees it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pioneer.families.base import Learner, Model, Parsed, Repair, Space, Workbench
from pioneer.families.classification import cleaning, metrics, rows
from pioneer.families.classification import space as spaces
from pioneer.families.classification import suspects as doubts
from pioneer.families.classification.baselines import baselines
from pioneer.families.classification.fake_names import FAKE_NAMES, learn_fake_names
from pioneer.families.fakes import TABLE, table_learner
from pioneer.families.table import TableModel, export_table, holds_table, load_table, same
from pioneer.records import Example, Json, Kind, Prediction, Recipe, RowStat, Target, Task

_WITHOUT_WEIGHTS: Mapping[str, Learner] = {
    TABLE.name: table_learner(same),
    FAKE_NAMES: learn_fake_names,
}


class Classification:
    """One label per text; see `families.base.Family`."""

    kind = Kind.CLASSIFICATION
    default_base = "minilm"
    default_metric = "accuracy"
    metrics = metrics.METRICS
    cues = (
        "classify", "classification", "classifier", "categorize", "categorise", "category",
        "categories", "intent", "intents", "label", "detect", "detection", "spam", "sentiment",
        "route", "routing", "triage", "sort", "topic", "whether", "tell", "recognise", "recognize",
        "flag", "filter", "moderate", "predict", "decide", "assign", "emotion", "rating", "or not",
    )  # fmt: skip
    input_columns = (
        "text", "sentence", "utterance", "query", "message", "content", "input", "title",
        "headline", "question", "review", "tweet", "body", "sms",
    )  # fmt: skip
    reads_logs = True
    target_columns = (
        "label", "intent", "category", "class", "target", "sentiment", "topic", "labels", "tag",
        "output",
    )  # fmt: skip

    def parse(self, row: Mapping[str, Any]) -> Parsed:
        return rows.parse(row)

    def render(self, example: Example) -> dict[str, Json]:
        return rows.render(example)

    def clean(self, examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
        return cleaning.clean(examples)

    def labels(self, examples: Sequence[Example]) -> tuple[str, ...]:
        return tuple(sorted({str(row.target) for row in examples}))

    def varied(self, task: Task, example: Example, rng: random.Random) -> Example | None:
        return rows.varied(example, rng, english=task.language == "en")

    def stratum(self, example: Example) -> str:
        return str(example.target)

    def score_row(self, task: Task, example: Example, prediction: Prediction) -> RowStat:
        return metrics.score_row(task, example, prediction)

    def passed(self, stat: RowStat) -> bool:
        return stat.score == 1.0

    def aggregate(self, stats: Sequence[RowStat], metric: str) -> float:
        return metrics.aggregate(stats, metric)

    def per_label(self, stats: Sequence[RowStat]) -> dict[str, dict[str, float]]:
        return metrics.per_label(stats)

    def answer(self, output: Target | None) -> Json:
        return None if output is None else str(output)

    def space(self, task: Task, bases: Sequence[str], rows: int, served: bool = False) -> Space:
        return spaces.space(task, bases, rows, served)

    def baselines(self, task: Task, base: str) -> dict[str, Recipe]:  # noqa: ARG002
        return baselines(base)

    def suspects(
        self,
        task: Task,  # noqa: ARG002
        examples: Sequence[Example],
        predictions: Sequence[Prediction],
    ) -> list[str]:
        return doubts.suspects(examples, predictions)

    def learner(self, strategy: str) -> Learner:
        if strategy in _WITHOUT_WEIGHTS:
            return _WITHOUT_WEIGHTS[strategy]
        from pioneer.families.classification.learners import learner

        return learner(strategy)

    def inherits(self, recipe: Recipe) -> bool:
        from pioneer.families.classification.learners.strategies import KEEPING

        knobs = {**KEEPING.defaults(), **recipe.hyper}
        holds = any(knobs[name] for name in ("voice", "keep", "blend"))
        return recipe.strategy == KEEPING.name and holds

    def load(self, folder: Path, bench: Workbench) -> Model:
        if holds_table(folder):
            return load_table(folder, same)
        from pioneer.families.classification.learners import load

        return load(folder, bench)

    def export(self, model: Model, folder: Path, form: str) -> None:
        if isinstance(model, TableModel):
            export_table(model, folder, form)
            return
        from pioneer.families.classification.learners import export

        export(model, folder, form)
