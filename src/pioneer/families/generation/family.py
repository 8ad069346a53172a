"""Generation as the rest of the project sees it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pioneer.errors import DataError
from pioneer.families.base import Learner, Model, Parsed, Repair, Space, Workbench
from pioneer.families.fakes import (
    FAKE_BASE,
    TABLE,
    fake_probe,
    fake_space,
    table_learner,
    wants_fake,
)
from pioneer.families.generation import metrics, rows
from pioneer.families.lacking import chosen, no_weights
from pioneer.families.majority import MAJORITY, majority_learner
from pioneer.families.mixes import ALL_ROWS, GOLD_AND_HARD
from pioneer.families.repairs import repaired, without_empty
from pioneer.families.table import export_table, load_table, same
from pioneer.records import Example, Json, Kind, Prediction, Recipe, RowStat, Target, Task
from pioneer.text.normal import normalise

_LEARNERS: Mapping[str, Learner] = {
    TABLE.name: table_learner(same),
    MAJORITY: majority_learner(same),
}
_MIXES = (ALL_ROWS, GOLD_AND_HARD)
_SHORT, _MEDIUM = 8, 40  # words of a completion


class Generation:
    """A text in answer to a prompt; see `families.base.Family`."""

    kind = Kind.GENERATION
    default_base = "smollm2-135m"
    default_metric = "answer_match"
    metrics = metrics.METRICS
    cues = (
        "generate", "generation", "summarize", "summarise", "summary", "translate", "rewrite",
        "paraphrase", "write", "reply", "solve", "question answering", "answer questions",
        "explain", "complete", "compose", "code", "json", "answer",
    )  # fmt: skip
    input_columns = (
        "prompt", "instruction", "question", "input", "source", "document", "dialogue", "article",
    )  # fmt: skip
    reads_logs = False
    target_columns = (
        "completion", "response", "output", "answer", "target", "summary", "solution",
    )  # fmt: skip

    def parse(self, row: Mapping[str, Any]) -> Parsed:
        return rows.parse(row)

    def render(self, example: Example) -> dict[str, Json]:
        return rows.render(example)

    def clean(self, examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
        """One prompt may well have several good completions, so these are no conflict."""
        kept, repairs = repaired(examples, without_empty)
        if len({normalise(row.input) for row in kept}) < 2:
            raise DataError(
                "fewer than 2 distinct prompts after cleaning",
                hint="generation needs at least 2 distinct prompts",
            )
        return kept, repairs

    def labels(self, examples: Sequence[Example]) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def varied(self, task: Task, example: Example, rng: random.Random) -> None:
        """None: a slip may change what is asked for, and so the answer."""

    def stratum(self, example: Example) -> str:
        """How long the completion is."""
        length = len(str(example.target).split())
        return "short" if length <= _SHORT else "medium" if length <= _MEDIUM else "long"

    def score_row(self, task: Task, example: Example, prediction: Prediction) -> RowStat:
        return metrics.score_row(task, example, prediction)

    def passed(self, stat: RowStat) -> bool:
        """Right, or for metrics of degree at least half right."""
        return stat.score >= 0.5

    def aggregate(self, stats: Sequence[RowStat], metric: str) -> float:
        return metrics.aggregate(stats, metric)

    def per_label(self, stats: Sequence[RowStat]) -> dict[str, dict[str, float]]:  # noqa: ARG002
        return {}

    def answer(self, output: Target | None) -> Json:
        return None if output is None else str(output)

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
        examples: Sequence[Example],  # noqa: ARG002
        predictions: Sequence[Prediction],  # noqa: ARG002
    ) -> list[str]:
        """None: another wording than the target's is no sign that the target is wrong."""
        return []

    def learner(self, strategy: str) -> Learner:
        return chosen(_LEARNERS, strategy, self.kind)

    def load(self, folder: Path, bench: Workbench) -> Model:  # noqa: ARG002
        return load_table(folder, same)

    def inherits(self, recipe: Recipe) -> bool:  # noqa: ARG002
        return False

    def export(self, model: Model, folder: Path, form: str) -> None:
        export_table(model, folder, form)
