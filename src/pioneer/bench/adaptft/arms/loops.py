"""Arms that run `pioneer improve`: the agent as a user runs it, the oracles, and ablations."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pioneer import api
from pioneer.bench.adaptft.arms.base import DEPLOYED, FAILED, Made, Turn, last_line, version_asked
from pioneer.bench.adaptft.arms.fixed import taught_by
from pioneer.bench.adaptft.arms.truth import repaired
from pioneer.bench.adaptft.build import MODEL, lines_to
from pioneer.bench.adaptft.cells import Tally
from pioneer.bench.adaptft.scene import Line, lines_of
from pioneer.bench.adaptft.tally import tally
from pioneer.data.catalogue import VARIABLE
from pioneer.errors import BenchError, DataError
from pioneer.execution.memory import childrens_peak_mb
from pioneer.records import TrialStatus, dump

TRIALS = 2
"""Train-evaluate iterations a stage, at most."""
_REFUSALS = (DataError.__name__,)
"""Errors that say something about the log, not about the machine."""

Found = dict[str, Any]
"""The JSON of `pioneer improve`, or of an error."""


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
        workspace, log = _workspace(turn), turn.home / "log.jsonl"
        lines_to(log, self.log(turn))
        found = (_in_python if self.without else _as_a_user)(self, turn, workspace, log)
        if "error" in found:
            told = str(found["error"]["message"])
            return Made(FAILED, version_asked(turn, workspace), reason=told)
        _refuse_failed(found)
        made: int | None = found["version"]
        if self.always and made is not None:
            reason = "this arm deploys whatever it made"
            api.promote_model(f"{MODEL}@{made}", workspace, force=True, reason=reason)
        return Made(
            decision=DEPLOYED if self.always and made is not None else found["decision"],
            deployed=version_asked(turn, workspace),
            candidate=None if made is None else version_asked(turn, workspace, made),
            reason=found["reason"],
            trained_rows=found["cost"]["trained_rows"],
            peak_mb=max(_peak_mb(found), childrens_peak_mb()),
            triage=_tally(turn, found) if self.log is visible else None,
            details={"log": found["log"], "trials": found["trials"]},
        )


def _refuse_failed(found: Found) -> None:
    """Raises BenchError where a training failed: no recipe of these does, so it is the machine, as
    when memory is short, and what came of it is no result."""
    for trial in found["trials"]:
        if trial["status"] == TrialStatus.FAILED:
            raise BenchError(f"trial {trial['number']} failed: {trial['error']}")


def _workspace(turn: Turn) -> Path:
    """A copy of the one that the turn before left, or of the first version's."""
    source = turn.scene.workspace if turn.before is None else turn.before / "workspace"
    shutil.copytree(source, turn.home / "workspace")
    return turn.home / "workspace"


def _as_a_user(loop: Loop, turn: Turn, workspace: Path, log: Path) -> Found:
    """In a folder without a pioneer.toml, with an empty catalogue. Raises BenchError where it ends
    otherwise than with a result or a refusal."""
    command = [
        sys.executable, "-m", "pioneer.cli.main", "improve", MODEL, "--traces", log, "--json",
        "--max-trials", loop.trials, "--seed", turn.scene.seed, "--workspace", workspace,
    ]  # fmt: skip
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        check=False,
        cwd=turn.home,
        env={**os.environ, VARIABLE: ""},
    )
    (turn.home / "stderr.txt").write_text(done.stderr, encoding="utf-8")
    found: Found = json.loads(done.stdout) if done.stdout.strip() else {}
    refused = found.get("error", {}).get("type") in _REFUSALS
    if done.returncode != 0 and not refused:
        told = last_line(done.stderr)
        raise BenchError(f"pioneer improve ended with {done.returncode}: {told}")
    return found


def _in_python(loop: Loop, turn: Turn, workspace: Path, log: Path) -> Found:
    options: Mapping[str, Any] = {
        "traces": log,
        "without": loop.without,
        "max_trials": loop.trials,
        "seed": turn.scene.seed,
        "workspace": workspace,
    }
    try:
        found: Found = dump(api.improve(MODEL, **options))
    except DataError as error:
        return {"error": {"message": error.message}}
    return found


def _peak_mb(found: Found) -> float:
    """Of the processes that trained, which this one did not start itself."""
    file = Path(found["report"]).with_name("report.json")
    told = json.loads(file.read_text(encoding="utf-8"))["cost"]["peak_memory_mb"]
    return float(told or 0.0)


def _tally(turn: Turn, found: Found) -> Tally | None:
    """None where the loop ended before triage."""
    curation = Path(found["report"]).with_name("data-curation.jsonl")
    seen = lines_of(curation) if curation.exists() else []
    return tally(turn.scene, turn.stage, seen) if seen else None


NAIVE_SEARCH = Loop(believed, without=("triage", "probes", "twins", "gate"), always=True)
ORACLE = Loop(repaired, without=("triage", "gate"), always=True)
ORACLE_GATED = Loop(repaired, without=("triage",))
AGENT = Loop()
