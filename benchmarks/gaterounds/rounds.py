"""One round: a cold start on few rows, a log, `improve`, and the truth about both versions."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from gaterounds.worlds import MODES, Gold, Logged, Pools, Row, world
from pioneer import api
from pioneer.events import silent
from pioneer.execution.inline import inline_executor
from pioneer.journal import runs
from pioneer.loop.cold_start import cold_start
from pioneer.loop.outcome import Improved
from pioneer.loop.production import improve
from pioneer.loop.request import ColdStart
from pioneer.records import Recipe, dump
from pioneer.store.workspace import open_workspace
from pioneer.strategist.base import Proposal, SearchState

PROBE = "probe.v1"
HARM = 1.0
"""Points below the version that served from which a promotion counts as harmful."""


@dataclass(frozen=True, slots=True)
class Round:
    mode: str
    seed: int
    decision: str
    reason: str
    before: float
    """Accuracy of the version that served, on gold rows of the traffic to come, in percent."""
    candidate: float | None
    """Of the version that was made, promoted or not; None where none was trained."""
    gold: int
    gate_groups: int
    asked: int
    """Contested corrections that went to a human."""
    seconds: float

    @property
    def harmful(self) -> bool:
        worse = self.candidate is not None and self.candidate < self.before - HARM
        return self.decision == "promoted" and worse


class OneProbe:
    """Proposes the probe with its defaults, once."""

    def propose(self, state: SearchState, k: int, rng: random.Random) -> list[Proposal]:  # noqa: ARG002
        if state.trials:
            return []
        recipe = Recipe(state.space.bases[0], PROBE, {"C": 16.0}, seed=state.seed)
        return [Proposal(recipe, "draft", "the probe with its defaults")]


def run_round(mode: str, seed: int, texts: Pools, folder: Path, cache: Path) -> Round:
    """Play one round in `folder`, which is made anew; `cache` is shared by all rounds."""
    began = time.monotonic()
    rng = random.Random(f"gate rounds {mode} {seed}")
    drawn = world(MODES[mode], texts, rng)
    shutil.rmtree(folder, ignore_errors=True)
    workspace = folder / "workspace"
    workspace.mkdir(parents=True)
    cache.mkdir(parents=True, exist_ok=True)
    (workspace / "cache").symlink_to(cache.absolute())
    _first_version(workspace, _data(folder, drawn.known), seed)
    first = api.load("m", workspace=workspace)
    answers = [_label(said.output) for said in first([row.text for row in drawn.traffic])]
    log = _log(folder, MODES[mode].spoil(drawn.traffic, answers, rng), answers)
    outcome = _improve(workspace, log, seed)
    candidate = None
    if outcome.version is not None:
        candidate = _accuracy(workspace, f"m@{outcome.version}", drawn.gold)
    return Round(
        mode,
        seed,
        outcome.decision,
        outcome.reason,
        _accuracy(workspace, "m@1", drawn.gold),
        candidate,
        len(drawn.gold),
        outcome.log.get("parts", {}).get("gate", 0),
        len(outcome.log.get("contested", [])),
        round(time.monotonic() - began, 2),
    )


def _data(folder: Path, rows: Sequence[Row]) -> Path:
    data = folder / "data"
    data.mkdir()
    lines = [json.dumps(asdict(row)) for row in rows]
    (data / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return data


def _first_version(workspace: Path, data: Path, seed: int) -> None:
    wanted: ColdStart = api.request(
        "Classify what a user of an assistant wants", data=str(data), name="m", max_trials=1,
        seed=seed,
    )  # fmt: skip
    with open_workspace(workspace, write=True) as opened:
        run = runs.start(opened.engine, api.COLD_START, dump(wanted))
        cold_start(opened, run, wanted, silent, OneProbe(), inline_executor)


def _log(folder: Path, calls: Sequence[Logged], answers: Sequence[str | None]) -> Path:
    file = folder / "log.jsonl"
    lines = [
        json.dumps(
            {
                "id": f"call {at}",
                "time": at,
                "input": call.text,
                "output": answer,
                "expected": call.corrected,
                "judge": "human",
            }
        )
        for at, (call, answer) in enumerate(zip(calls, answers, strict=True))
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def _improve(workspace: Path, log: Path, seed: int) -> Improved:
    wanted = api.improvement("m", traces=log, strategies=[PROBE], max_trials=3, seed=seed)
    with open_workspace(workspace, write=True) as opened:
        run = runs.start(opened.engine, api.IMPROVE, dump(wanted))
        return improve(opened, run, wanted, silent, executor=inline_executor)


def _accuracy(workspace: Path, model: str, rows: Sequence[Gold]) -> float:
    said = api.load(model, workspace=workspace)([row.text for row in rows])
    pairs = zip(said, rows, strict=True)
    return round(100 * sum(row.weight for one, row in pairs if one.output == row.label), 3)


def _label(output: object) -> str | None:
    return None if output is None else str(output)
