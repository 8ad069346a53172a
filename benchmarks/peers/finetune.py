"""A plain fine-tune of MiniLM: transformers.Trainer with every training argument at its default.

Only what does not change the learning is set: where to write, the seed, no progress bars, no
reports. A callback ends training when the budget is spent; the default is three epochs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import common
import torch
from datasets import Dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

BATCH = 32


class StopAtDeadline(TrainerCallback):  # type: ignore[misc]
    """End training when no time is left."""

    def __init__(self, data: common.Fit) -> None:
        self.data = data
        self.stopped = False

    def on_step_end(self, *given: Any, **_: Any) -> None:
        _, _, control = given
        if self.data.left() <= 0:
            self.stopped = control.should_training_stop = True


def fit(data: common.Fit) -> dict[str, Any]:
    torch.set_num_threads(common.threads())
    set_seed(data.seed)
    labels = sorted(set(data.labels))
    tokenizer = AutoTokenizer.from_pretrained(common.weights())
    model = AutoModelForSequenceClassification.from_pretrained(
        common.weights(),
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    rows = Dataset.from_dict(
        {**tokenizer(data.texts, truncation=True), "labels": list(map(labels.index, data.labels))}
    )
    stop = StopAtDeadline(data)
    arguments = TrainingArguments(
        output_dir=str(data.model / "checkpoints"),
        seed=data.seed,
        report_to="none",
        disable_tqdm=True,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=rows,
        processing_class=tokenizer,
        callbacks=[stop],
    )
    trainer.train()
    trainer.save_model(str(data.model))
    state = trainer.state
    return {"epochs": state.epoch, "steps": state.global_step, "stopped_by_clock": stop.stopped}


def predict(model: Path, texts: list[str]) -> Iterable[common.Answer]:
    torch.set_num_threads(common.threads())
    labels = json.loads((model / "config.json").read_text())["id2label"]
    tokenizer = AutoTokenizer.from_pretrained(str(model))
    network = AutoModelForSequenceClassification.from_pretrained(str(model)).eval()
    answers: list[common.Answer] = [(None, None)] * len(texts)
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        batch = tokenizer(
            [texts[index] for index in part], padding=True, truncation=True, return_tensors="pt"
        )
        with torch.inference_mode():
            chances = network(**batch).logits.softmax(-1)
        for index, row in zip(part, chances, strict=True):
            answers[index] = labels[str(int(row.argmax()))], float(row.max())
    return answers


if __name__ == "__main__":
    common.run(fit, predict, ("torch", "transformers", "accelerate"))
