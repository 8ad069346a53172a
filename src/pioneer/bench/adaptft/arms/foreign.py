"""A foreign system as an arm: a command that is called with files. docs/adaptft.md describes it."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pioneer.bench.adaptft.arms.base import DEPLOYED, Answers, Made, Turn
from pioneer.bench.adaptft.build import lines_to
from pioneer.bench.adaptft.scene import lines_of
from pioneer.errors import ArgumentError, BenchError
from pioneer.records import dump

_TOLD = 500
"""Characters of what a failing command wrote that are shown."""
_SEEN = ("clean.jsonl", "reserve.jsonl")


@dataclass(frozen=True, slots=True)
class Foreign:
    """`COMMAND adapt --seen DIR --work DIR --stage N --seed N`, then `COMMAND predict --work DIR
    --which deployed|candidate --inputs FILE --outputs FILE`."""

    name: str
    command: str

    def __post_init__(self) -> None:
        if not shlex.split(self.command):
            raise ArgumentError(f"--arm {self.name} names no command", hint="--arm NAME=COMMAND")

    def __call__(self, turn: Turn) -> Made:
        work = turn.home / "work"
        if turn.before is None:
            work.mkdir()
        else:
            shutil.copytree(turn.before / "work", work)
        seen = _seen(turn)
        told = self._call(
            "adapt",
            {"seen": seen, "work": work, "stage": turn.stage, "seed": turn.scene.seed},
        )
        said = _last_line(self.name, told)
        ways = ("deployed", "candidate") if said.get("candidate") else ("deployed",)
        answers = {way: self._answers(turn, work, way) for way in ways}
        return Made(
            decision=str(said.get("decision", DEPLOYED)),
            deployed=answers["deployed"],
            candidate=answers.get("candidate"),
            reason=str(said.get("reason", "")),
            trained_rows=int(said.get("trained_rows", 0)),
        )

    def _answers(self, turn: Turn, work: Path, way: str) -> Answers:
        asked, answered = turn.home / "inputs.jsonl", turn.home / f"{way}.jsonl"
        inputs = turn.scene.inputs()
        lines_to(asked, ({"input": text} for text in inputs))
        options = {"work": work, "which": way, "inputs": asked, "outputs": answered}
        self._call("predict", options)
        found = lines_of(answered) if answered.exists() else []
        if len(found) != len(inputs) or any("output" not in line for line in found):
            told = f"{len(found)} answers for {len(inputs)} inputs"
            raise BenchError(
                f"arm {self.name}: {told}", hint='--outputs takes {"output": ...} for each input'
            )
        return tuple(line["output"] for line in found)

    def _call(self, verb: str, options: Mapping[str, object]) -> str:
        told = [part for key, value in options.items() for part in (f"--{key}", str(value))]
        command: Sequence[str] = [*shlex.split(self.command), verb, *told]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise BenchError(f"arm {self.name}: {command[0]} cannot be run: {error}") from error
        if done.returncode != 0:
            last = " ".join(done.stderr.split())[-_TOLD:]
            raise BenchError(f"arm {self.name}: {verb} ended with {done.returncode}: {last}")
        return done.stdout


def _seen(turn: Turn) -> Path:
    """What the arm may look at: nothing of later stages, nothing of the truth."""
    seen, scene = turn.home / "seen", turn.scene
    seen.mkdir()
    logs = [f"log-{stage}.jsonl" for stage in range(1, turn.stage + 1)]
    for name in (*_SEEN, *logs):
        shutil.copy(scene.seen / name, seen / name)
    shutil.copytree(scene.workspace, seen / "workspace")
    task = dump(scene.card.task) | {"base": scene.card.recipe.base}
    lines_to(seen / "task.json", [task])
    return seen


def _last_line(name: str, told: str) -> dict[str, Any]:
    lines = told.strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else {}
    except json.JSONDecodeError as error:
        raise BenchError(f"arm {name}: the last line of adapt is no JSON") from error
    return found if isinstance(found, dict) else {}
