"""Arms that run `pioneer improve`: the agent as a user runs it, the oracles, and ablations."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pioneer import api
from pioneer.bench.adaptft.arms.base import DEPLOYED, FAILED, Answers, Made, Turn, asked_of
from pioneer.bench.adaptft.arms.fixed import taught_by
from pioneer.bench.adaptft.arms.truth import repaired
from pioneer.bench.adaptft.build import MODEL, lines_to
from pioneer.bench.adaptft.scene import Line, lines_of
from pioneer.bench.adaptft.tally import tally
from pioneer.data.catalogue import VARIABLE
from pioneer.records import dump

TRIALS = 2
"""Train-evaluate iterations a stage, at most."""
_TOLD = 2000
"""Characters of what a failing command wrote that are kept."""


def visible(turn: Turn) -> list[Line]:
    """The log of the stage as it is."""
    return turn.scene.log(turn.stage)


def believed(turn: Turn) -> list[Line]:
    """The log of the stage, with the model's own answer where nobody corrected it."""
    return [row | {"expected": taught_by(row)} for row in visible(turn)]


@dataclass(frozen=True, slots=True)
class Loop:
    """`pioneer improve` on a log, in a workspace that goes on from stage to stage."""

    log: Callable[[Turn], list[Line]] = visible
    without: tuple[str, ...] = ()
    """Parts of the loop that are left out; with none it runs as a command, as users run it."""
    trials: int = TRIALS
    always: bool = False
    """Deploys whatever it made."""

    def __call__(self, turn: Turn) -> Made:
        workspace = _workspace(turn)
        log = turn.home / "log.jsonl"
        lines_to(log, self.log(turn))
        run = _as_a_user if not self.without else _in_python
        found = run(self, turn, workspace, log)
        if found is None or FAILED in found:
            told = "" if found is None else str(found[FAILED])
            return Made(FAILED, asked_of(MODEL, workspace, turn.scene), reason=told)
        made = f"{MODEL}@{found['version']}" if found["version"] else None
        if self.always and made:
            reason = "this arm deploys whatever it made"
            api.promote_model(made, workspace, force=True, reason=reason)
        return _made(self, turn, workspace, made, found)


def _made(
    loop: Loop, turn: Turn, workspace: Path, made: str | None, found: Mapping[str, Any]
) -> Made:
    serving = api.load(MODEL, workspace=workspace).version.label
    candidate = asked_of(made, workspace, turn.scene) if made else None
    deployed: Answers | None = candidate if serving == made else None
    seen = lines_of(_curation(found)) if _curation(found).exists() else []
    sees_poison = loop.log is visible
    return Made(
        decision=DEPLOYED if loop.always and made else found["decision"],
        deployed=asked_of(MODEL, workspace, turn.scene) if deployed is None else deployed,
        candidate=candidate,
        reason=found["reason"],
        trained_rows=found["cost"]["trained_rows"],
        triage=tally(turn.scene, turn.stage, seen) if sees_poison and seen else None,
        details={"log": found["log"], "trials": found["trials"]},
    )


def _workspace(turn: Turn) -> Path:
    """A copy of the one that the turn before left, or of the first version's."""
    source = turn.scene.workspace if turn.before is None else turn.before / "workspace"
    shutil.copytree(source, turn.home / "workspace")
    return turn.home / "workspace"


def _as_a_user(loop: Loop, turn: Turn, workspace: Path, log: Path) -> dict[str, Any]:
    command: Sequence[str | Path] = (
        sys.executable, "-m", "pioneer.cli.main", "improve", MODEL, "--traces", log, "--json",
        "--max-trials", str(loop.trials), "--seed", str(turn.scene.seed), "--workspace", workspace,
    )  # fmt: skip
    quiet = {**os.environ, VARIABLE: ""}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)
    if done.returncode != 0:
        return {FAILED: done.stderr.strip()[-_TOLD:]}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _in_python(loop: Loop, turn: Turn, workspace: Path, log: Path) -> dict[str, Any]:
    found: dict[str, Any] = dump(
        api.improve(
            MODEL,
            traces=log,
            without=loop.without,
            max_trials=loop.trials,
            seed=turn.scene.seed,
            workspace=workspace,
        )
    )
    return found


def _curation(found: Mapping[str, Any]) -> Path:
    return Path(found["report"]).with_name("data-curation.jsonl")


NAIVE_SEARCH = Loop(believed, without=("triage", "probes", "twins", "gate"), always=True)
ORACLE = Loop(repaired, without=("triage", "gate"), always=True)
ORACLE_GATED = Loop(repaired, without=("triage",))
AGENT = Loop()
