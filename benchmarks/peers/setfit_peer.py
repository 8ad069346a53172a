"""SetFit over MiniLM with its default arguments, as many contrastive steps as the budget allows.

Its default is one epoch over every pair of rows, which for these sets is hours on a CPU, so
`max_steps`, its own knob for that, is set: a few timed steps on a model that is thrown away say
how many fit. The learning-rate schedule then ends inside the budget, which favours SetFit over
cutting it off. A callback still stops it should the estimate be wrong.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import common
import torch
from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments
from transformers import TrainerCallback

TIMED_STEPS, TIMED_SHARE = 12, 0.05  # so many steps, or this share of the time left
TIMED_ROWS = 48
HEAD_SECONDS, HEAD_SECONDS_PER_ROW = 3.0, 0.002  # fitting the head, beside encoding the rows
CAUTION = 0.95


class Clock(TrainerCallback):  # type: ignore[misc]
    """Time each step, and end training at a moment of `time.time()`."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.ends: list[float] = []
        self.stopped = False

    def on_step_end(self, *given: Any, **_: Any) -> None:
        _, _, control = given
        self.ends.append(time.time())
        enough = len(self.ends) > 2 and self.ends[-1] + self.pace() > self.until
        if enough:
            self.stopped = control.should_training_stop = True

    def pace(self) -> float:
        """Mean seconds of a step, without the first, which also warms up."""
        return (self.ends[-1] - self.ends[0]) / max(1, len(self.ends) - 1)


def head_seconds(texts: list[str], seed: int) -> float:
    """What the head will take after the body: encoding every row once, and fitting."""
    body = SetFitModel.from_pretrained(common.weights()).model_body
    some = random.Random(seed).sample(texts, min(TIMED_ROWS, len(texts)))
    before = time.time()
    body.encode(some)
    per_row = (time.time() - before) / len(some)
    return HEAD_SECONDS + len(texts) * (per_row + HEAD_SECONDS_PER_ROW)


def epoch_steps(labels: list[str], batch: int = 16) -> int:
    """Steps of SetFit's default epoch: all pairs, the rarer kind oversampled."""
    rows = len(labels)
    same = sum(size * (size + 1) // 2 for size in Counter(labels).values())
    return math.ceil(2 * max(same, rows * (rows + 1) // 2 - same) / batch)


def train(data: common.Fit, labels: list[str], steps: int, clock: Clock) -> Trainer:
    """A trainer whose body has learned; its head has not yet."""
    model = SetFitModel.from_pretrained(common.weights(), labels=labels)
    targets = list(map(labels.index, data.labels))
    arguments = TrainingArguments(
        output_dir=str(data.model / "checkpoints"),
        seed=data.seed,
        max_steps=steps,
        report_to="none",
        show_progress_bar=False,
    )
    rows = Dataset.from_dict({"text": data.texts, "label": targets})
    trainer = Trainer(model=model, args=arguments, train_dataset=rows, callbacks=[clock])
    trainer.train_embeddings(data.texts, targets, args=arguments)
    return trainer


def fit(data: common.Fit) -> dict[str, Any]:
    torch.set_num_threads(common.threads())
    labels = sorted(set(data.labels))
    end = data.deadline - common.SAVING - head_seconds(data.texts, data.seed)
    before = time.time()
    timed = Clock(before + TIMED_SHARE * (end - before))
    train(data, labels, TIMED_STEPS, timed)
    starting = timed.ends[0] - before  # pairs and set-up, paid again below
    fitting = int(CAUTION * (end - time.time() - starting) / timed.pace())
    steps = max(3, min(epoch_steps(data.labels), fitting))
    clock = Clock(end)
    trainer = train(data, labels, steps, clock)
    trainer.train_classifier(data.texts, list(map(labels.index, data.labels)))
    trainer.model.save_pretrained(str(data.model))
    (data.model / "labels.json").write_text(json.dumps(labels))
    return {
        "steps": len(clock.ends),
        "max_steps": steps,
        "default_steps": epoch_steps(data.labels),
        "seconds_per_step": round(clock.pace(), 3),
        "stopped_by_clock": clock.stopped,
    }


def predict(model: Path, texts: list[str]) -> Iterable[common.Answer]:
    torch.set_num_threads(common.threads())
    labels = json.loads((model / "labels.json").read_text())
    chances = SetFitModel.from_pretrained(str(model)).predict_proba(texts, as_numpy=True)
    for row in chances:
        yield labels[int(row.argmax())], float(row.max())


if __name__ == "__main__":
    common.run(fit, predict, ("setfit", "torch", "transformers", "sentence-transformers"))
