"""A foreign system as an arm: a command that is called with files. docs/adaptft.md describes it."""

from __future__ import annotations

import json
import os
import random
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pioneer.bench.adaptft.arms.base import DEPLOYED, Answers, Made, Turn
from pioneer.bench.adaptft.build import lines_to
from pioneer.bench.adaptft.scene import Line, lines_of
from pioneer.data.catalogue import VARIABLE
from pioneer.errors import ArgumentError, BenchError
from pioneer.execution.memory import childrens_peak_mb
from pioneer.records import dump

DECISIONS = ("promoted", "hold", "need_more_data", DEPLOYED)
_TOLD = 500
"""Characters of what a failing command wrote that are shown."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """`COMMAND adapt --seen DIR --work DIR --stage N --seed N`, then `COMMAND predict --work DIR
    --which deployed|candidate --inputs FILE --outputs FILE`."""

    name: str
    command: str

    def __post_init__(self) -> None:
        try:
            words = shlex.split(self.command)
        except ValueError as error:
            raise ArgumentError(f"--arm {self.name}: {error} in {self.command!r}") from error
        if not words:
            raise ArgumentError(f"--arm {self.name} names no command", hint="--arm NAME=COMMAND")

    def __call__(self, turn: Turn) -> Made:
        work = turn.home / "work"
        if turn.before is None:
            work.mkdir()
        else:
            shutil.copytree(turn.before / "work", work)
        options = {"seen": _seen(turn), "work": work, "stage": turn.stage, "seed": turn.scene.seed}
        said = self._said(self._call("adapt", options, turn.home))
        ask = partial(self._answers, turn, work)
        return Made(
            decision=said["decision"],
            deployed=partial(ask, "deployed"),
            candidate=partial(ask, "candidate") if said.get("candidate") is True else None,
            reason=str(said.get("reason", "")),
            trained_rows=said["trained_rows"],
            peak_mb=childrens_peak_mb(),
        )

    def _answers(self, turn: Turn, work: Path, which: str) -> Answers:
        """In an order that does not tell which inputs are forms of one row, and with a copy of
        `work`, so that nothing of the questions is there at the next stage."""
        inputs = turn.scene.inputs()
        order = random.Random(f"{turn.scene.seed} {which}").sample(range(len(inputs)), len(inputs))
        asked, answered = turn.home / "inputs.jsonl", turn.home / f"{which}.jsonl"
        lines_to(asked, ({"input": inputs[at]} for at in order))
        copy = turn.home / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(work, copy)
        options = {"work": copy, "which": which, "inputs": asked, "outputs": answered}
        self._call("predict", options, turn.home)
        found = self._outputs(answered, len(inputs))
        by_place = dict(zip(order, found, strict=True))
        return tuple(by_place[at] for at in range(len(inputs)))

    def _outputs(self, file: Path, count: int) -> list[Any]:
        hint = '--outputs takes {"output": ...} for each input'
        try:
            found = lines_of(file) if file.exists() else []
            outputs = [line["output"] for line in found]
        except (ValueError, KeyError, TypeError) as error:
            raise BenchError(f"arm {self.name}: predict wrote no answers", hint=hint) from error
        if len(outputs) != count:
            told = f"{len(outputs)} answers for {count} inputs"
            raise BenchError(f"arm {self.name}: {told}", hint=hint)
        return outputs

    def _said(self, told: str) -> Line:
        """The last line of what adapt wrote. Raises BenchError where it cannot be understood."""
        lines = told.strip().splitlines()
        try:
            found: Line = {"decision": DEPLOYED, "trained_rows": 0} | json.loads(
                lines[-1] if lines else "{}"
            )
            found["trained_rows"] = int(found["trained_rows"])
        except (ValueError, TypeError) as error:
            hint = 'as {"decision": "promoted", "candidate": true}'
            raise BenchError(
                f"arm {self.name}: adapt does not end with a line of JSON", hint=hint
            ) from error
        if found["decision"] not in DECISIONS:
            raise BenchError(
                f"arm {self.name}: there is no decision {found['decision']!r}",
                hint=f"one of {', '.join(DECISIONS)}",
            )
        return found

    def _call(self, verb: str, options: Mapping[str, object], folder: Path) -> str:
        told = [part for key, value in options.items() for part in (f"--{key}", str(value))]
        command: Sequence[str] = [*shlex.split(self.command), verb, *told]
        quiet = {**os.environ, VARIABLE: ""}
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)
        except OSError as error:
            raise BenchError(f"arm {self.name}: {command[0]} cannot be run: {error}") from error
        (folder / "stderr.txt").write_text(done.stderr, encoding="utf-8")
        if done.returncode != 0:
            last = " ".join(done.stderr.split())[-_TOLD:]
            raise BenchError(f"arm {self.name}: {verb} ended with {done.returncode}: {last}")
        return done.stdout


def _seen(turn: Turn) -> Path:
    """What the arm may look at: nothing of later stages, nothing of the truth."""
    seen, scene = turn.home / "seen", turn.scene
    seen.mkdir()
    logs = [f"log-{stage}.jsonl" for stage in range(1, turn.stage + 1)]
    for name in ("clean.jsonl", *logs):
        shutil.copy(scene.seen / name, seen / name)
    shutil.copytree(scene.workspace, seen / "workspace")
    lines_to(seen / "task.json", [dump(scene.card.task) | {"base": scene.card.recipe.base}])
    return seen
