"""Frozen MiniLM, mean pooled and normalised, under a logistic regression of scikit-learn."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import common
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from transformers import AutoModel, AutoTokenizer

BATCH = 32
MAX_TOKENS = 256  # what sentence_bert_config.json of the model says


def embedded(texts: list[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """One unit vector for each text: the mean of its token vectors."""
    torch.set_num_threads(common.threads())
    tokenizer = AutoTokenizer.from_pretrained(common.weights())
    model = AutoModel.from_pretrained(common.weights()).eval()
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    vectors = np.zeros((len(texts), model.config.hidden_size), dtype=np.float32)
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        batch = tokenizer(
            [texts[index] for index in part],
            padding=True,
            truncation=True,
            max_length=MAX_TOKENS,
            return_tensors="pt",
        )
        with torch.inference_mode():
            states = model(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        mean = (states * mask).sum(1) / mask.sum(1)
        vectors[part] = torch.nn.functional.normalize(mean, dim=1).numpy()
    return vectors


def fit(data: common.Fit) -> dict[str, Any]:
    head = LogisticRegression(max_iter=1000, random_state=data.seed)
    head.fit(embedded(data.texts), data.labels)
    np.savez(data.model / "head.npz", weight=head.coef_, bias=head.intercept_)
    (data.model / "labels.json").write_text(json.dumps(list(head.classes_)))
    return {"iterations": int(np.max(head.n_iter_))}


def predict(model: Path, texts: list[str]) -> Iterable[common.Answer]:
    head = np.load(model / "head.npz")
    labels = json.loads((model / "labels.json").read_text())
    scores = embedded(texts) @ head["weight"].T + head["bias"]
    if scores.shape[1] == 1:  # two labels: one score, for the second
        scores = np.hstack([-scores / 2, scores / 2])
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    for row in chances:
        yield labels[int(row.argmax())], float(row.max())


if __name__ == "__main__":
    common.run(fit, predict, ("torch", "transformers", "scikit-learn", "numpy"))
