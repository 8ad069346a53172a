"""AutoIntent's `classic-light` preset, the one its README shows, with MiniLM as the embedder.

Its own `timeout` starts no trial past the budget; an alarm also ends a trial that runs past it,
and the pipeline is then built from the trials that finished. With none, the peer fails.
Rows labelled `oos` are given as AutoIntent wants them: without a label.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import common
import torch
from autointent import Context, Dataset, OptimizationConfig, Pipeline
from autointent.configs import LoggingConfig
from autointent.custom_types import NodeType
from autointent.nodes import NodeOptimizer
from autointent.utils import load_preset

PRESET = "classic-light"
OOS = "oos"
DECISION_SHARE = 0.15  # of the time left, for the second node of the preset


class OutOfTimeError(Exception):
    """The alarm that ends a trial."""


def _ring(*_: object) -> None:
    raise OutOfTimeError


def capped(data: common.Fit, cut: list[str]) -> None:
    """Let each node of the search stop at its share of the budget, keeping what it has."""
    search = NodeOptimizer.fit

    def fit(self: NodeOptimizer, context: Context) -> None:
        name = NodeType(self.node_info.node_type).value
        share = 1.0 - DECISION_SHARE if name == "scoring" else 1.0
        seconds = max(1.0, data.left() * share)
        context.hpo_config.timeout = seconds
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            search(self, context)
        except OutOfTimeError:
            cut.append(name)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    signal.signal(signal.SIGALRM, _ring)
    NodeOptimizer.fit = fit


def fit(data: common.Fit) -> dict[str, Any]:
    torch.set_num_threads(common.threads())
    labels = sorted(set(data.labels) - {OOS})
    rows = [
        {"utterance": text, "label": None if label == OOS else labels.index(label)}
        for text, label in zip(data.texts, data.labels, strict=True)
    ]
    preset = load_preset(PRESET)
    preset["embedder_config"] = {"model_name": common.weights()}
    config = OptimizationConfig(seed=data.seed + 1, **preset)  # 0 is refused
    pipeline = Pipeline.from_optimization_config(config)
    pipeline.set_config(LoggingConfig(project_dir=data.model / "runs", run_name="run"))
    cut: list[str] = []
    capped(data, cut)
    context = pipeline.fit(Dataset.from_dict({"train": rows}))
    pipeline.dump(data.model / "pipeline")
    (data.model / "labels.json").write_text(json.dumps(labels))
    return {"preset": PRESET, "cut_by_clock": cut, "search": summary(context)}


def summary(context: Context) -> dict[str, Any]:
    """How many different trials each node finished, and what won."""
    info = context.optimization_info
    return {
        str(node.node_type): {
            "module": node.module_name,
            "trials": len(info.trials.get_trials(node.node_type)),
        }
        for node in info.get_inference_nodes_config()
    }


def predict(model: Path, texts: list[str]) -> Iterable[common.Answer]:
    torch.set_num_threads(common.threads())
    labels = json.loads((model / "labels.json").read_text())
    for label in Pipeline.load(model / "pipeline").predict(texts):
        yield (None if label is None else labels[int(label)]), None


if __name__ == "__main__":
    common.run(fit, predict, ("autointent", "torch", "transformers", "sentence-transformers"))
