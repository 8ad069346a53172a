"""Small lessons on the real base: rows of the bundled corpus, and trainings of seconds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from pioneer import corpus
from pioneer.families.base import Model, Workbench
from pioneer.families.classification.learners import learner
from pioneer.records import Example, Kind, Prediction, Recipe, Scalar, Task

LABELS = (
    "cancel_order",
    "change_order",
    "delete_account",
    "login_problem",
    "return_item",
    "track_order",
)
TINY: Mapping[str, Mapping[str, Scalar]] = {
    "majority.v1": {},
    "nearest-name.v1": {},
    "probe.v1": {},
    "full.v1": {"epochs": 2, "batch": 16},
    "lora.v1": {"epochs": 2, "batch": 16, "rank": 8},
    "contrastive.v1": {"epochs": 2, "batch": 32},
    "keeping.v1": {"epochs": 2, "batch": 16, "members": 2},
}
"""Every strategy, with knobs that end in seconds."""

TUNED = ("full.v1", "lora.v1", "contrastive.v1", "keeping.v1")
TASK = Task(Kind.CLASSIFICATION, "route support mail", LABELS, "accuracy")


@cache
def corpus_rows() -> tuple[Example, ...]:
    lines = (corpus.path() / "helpdesk" / "all.jsonl").read_text("utf-8").splitlines()
    raw = [json.loads(line) for line in lines]
    return tuple(Example(row["id"], row["text"], row["label"], row["id"]) for row in raw)


def rows(per_label: int, labels: Sequence[str] = LABELS, skip: int = 0) -> list[Example]:
    """So many short rows of each label, in turns; `skip` leaves out as many before."""
    by_label = [
        sorted((row for row in corpus_rows() if row.target == label), key=_length)
        for label in labels
    ]
    return [row for turn in zip(*by_label, strict=True) for row in turn][
        skip * len(labels) : (skip + per_label) * len(labels)
    ]


def _length(row: Example) -> tuple[int, str]:
    return (len(row.input), row.id)


def made(*pairs: tuple[str, str]) -> list[Example]:
    """Examples of texts and labels."""
    return [Example(f"r{n}", text, label, f"g{n}") for n, (text, label) in enumerate(pairs)]


@cache
def workplace() -> Path:
    """Caches that all tests of a process share; gone when it ends."""
    folder = tempfile.TemporaryDirectory(prefix="pioneer-lessons-")
    _KEPT.append(folder)
    return Path(folder.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def bench(threads: int = 1) -> Workbench:
    return Workbench(workplace() / "cache", threads)


def learn(
    strategy: str,
    examples: Sequence[Example],
    *,
    seed: int = 0,
    task: Task = TASK,
    at: Workbench | None = None,
    **knobs: Scalar,
) -> Model:
    recipe = Recipe("minilm", strategy, {**TINY[strategy], **knobs}, seed=seed)
    return learner(strategy)(recipe, task, examples, at or bench())


def brief(
    strategy: str,
    examples: Sequence[Example],
    *,
    seed: int = 0,
    task: Task = TASK,
    at: Workbench | None = None,
) -> Model:
    """The same in one epoch of small batches, where there are any."""
    knobs: dict[str, Scalar] = {"epochs": 1, "batch": 4} if strategy in TUNED else {}
    return learn(strategy, examples, seed=seed, task=task, at=at, **knobs)


@cache
def taught(strategy: str, seed: int = 0) -> Model:
    """The strategy's model of ten rows a label, trained once for all tests."""
    return learn(strategy, rows(10), seed=seed)


def asked(model: Model, examples: Sequence[Example]) -> list[Prediction]:
    return model.predict([row.input for row in examples])


def accuracy(model: Model, examples: Sequence[Example]) -> float:
    said = asked(model, examples)
    return sum(one.output == row.target for one, row in zip(said, examples, strict=True)) / len(
        said
    )
