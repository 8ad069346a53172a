"""Run one cell: a folder with train rows only, a clock, and the test texts only afterwards."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from coldstart.cells import Cell, Status, Terms, indexes, pack
from coldstart.sets import OOS, Pool, Recipe, Row
from coldstart.systems import ROOT, US, Job, System, environment

PREDICT_LIMIT = 900.0
PIONEER_KEEPS = ("decision", "reason", "recipe_hash", "scores", "baselines", "cost", "mapping")


@dataclass(frozen=True, slots=True)
class Rules:
    """The terms of a run that are the same for all systems."""

    budget: str  # as typed: 5m
    seconds: float
    grace: float  # seconds past the budget before a system is killed
    threads: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended; no code if it was killed by the clock."""

    code: int | None
    seconds: float
    others: float | None  # share of all processors that other work took meanwhile


def run_cell(
    system: System,
    recipe: Recipe,
    seed: int,
    rows: Sequence[Row],
    source: Pool,
    rules: Rules,
    terms: Terms,
    folder: Path,
) -> Cell:
    """Fit inside the budget, then predict outside it; whatever happens becomes a cell."""
    shutil.rmtree(folder, ignore_errors=True)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    deadline = time.time() + rules.seconds
    job = Job(folder, recipe.description, seed, rules.budget, deadline)
    _write(job.data / "train.jsonl", [{"text": row.text, "label": row.label} for row in rows])
    job = replace(job, deadline=time.time() + rules.seconds)
    surroundings = environment(job, rules.threads)
    fit_log = folder / "fit.log"
    fitted = timed(system.fit(job), surroundings, folder, fit_log, rules.seconds + rules.grace)
    cell = Cell(
        system.name,
        recipe.name,
        seed,
        terms,
        Status.OK,
        round(fitted.seconds, 1),
        versions=_our_versions() if system.name == US else {},
        others=fitted.others,
        started=started,
    )
    if fitted.code is None:
        return replace(cell, status=Status.TIMEOUT, problem=last_line(fit_log))
    if fitted.code != 0:
        return replace(cell, status=Status.FAILED, problem=last_line(fit_log))
    about = _about(system, job, fit_log)
    cell = replace(cell, versions=cell.versions | about["versions"], note=about["note"])
    _write(job.texts, [{"text": row.text} for row in source.test])
    log = folder / "predict.log"
    asked = timed(system.predict(job), surroundings, folder, log, PREDICT_LIMIT)
    if asked.code != 0 or not job.output.exists():
        return replace(cell, status=Status.FAILED, problem=f"predict: {last_line(log)}")
    answers = _answers(job.output, OOS if OOS in source.labels else None)
    if len(answers) != len(source.test):
        problem = f"predict gave {len(answers)} answers for {len(source.test)} texts"
        return replace(cell, status=Status.FAILED, problem=problem)
    packed = pack(indexes(source.labels, answers))
    return replace(cell, predictions=packed, predict_seconds=round(asked.seconds, 1))


def timed(
    command: Sequence[str], surroundings: Mapping[str, str], cwd: Path, log: Path, limit: float
) -> Ended:
    """Run a command in its own process group, and leave none of its children behind."""
    with log.open("wb") as errors, log.with_suffix(".out").open("wb") as out:
        start, busy, own = time.monotonic(), _busy(), _own()
        process = subprocess.Popen(
            command,
            env=surroundings,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=errors,
            start_new_session=True,
        )
        try:
            in_time = _ends_within(process.pid, limit)
        finally:
            seconds = time.monotonic() - start
            os.killpg(process.pid, signal.SIGKILL)  # not yet reaped, so the number is still its own
            code = process.wait()
    others = None
    if busy is not None and (now := _busy()) is not None:
        taken = (now - busy - (_own() - own)) / (seconds * (os.cpu_count() or 1))
        others = round(max(0.0, taken), 3)
    return Ended(code if in_time else None, seconds, others)


def _busy() -> float | None:
    """Seconds that the machine's processors have worked since it started."""
    path = Path("/proc/stat")
    if not path.exists():
        return None
    user, nice, system, _, _, irq, soft, *rest = map(int, path.read_text().split()[1:9])
    return (user + nice + system + irq + soft + sum(rest)) / os.sysconf("SC_CLK_TCK")


def _own() -> float:
    """Processor seconds of what we started and saw end."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _ends_within(pid: int, limit: float) -> bool:
    """Wait for a child's end without reaping it."""
    until = time.monotonic() + limit
    how = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while time.monotonic() < until:
        if os.waitid(os.P_PID, pid, how) is not None:
            return True
        time.sleep(0.05)
    return False


def _about(system: System, job: Job, log: Path) -> dict[str, Any]:
    """Versions and what the system said of its own run."""
    if system.name != US:
        about: dict[str, Any] = json.loads((job.model / "about.json").read_text())
        return about
    said = json.loads(log.with_suffix(".out").read_text())
    return {"versions": {}, "note": {key: said.get(key) for key in PIONEER_KEEPS}}


def _our_versions() -> dict[str, str]:
    packages = ("pioneer", "torch", "transformers", "scikit-learn")
    return {name: version(name) for name in packages} | {"commit": commit()}


def commit() -> str:
    """The commit of our code, with a plus when the sources differ from it."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True)
    changed = subprocess.run([*git, "status", "--porcelain", "src"], capture_output=True, text=True)
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def _answers(path: Path, when_none: str | None) -> list[str | None]:
    """The outputs in order; where the set has out-of-scope rows, abstaining says `oos`."""
    lines = path.read_text().split("\n")
    outputs = [json.loads(line)["output"] for line in lines if line]
    return [when_none if output is None else str(output) for output in outputs]


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def last_line(log: Path) -> str:
    """The end of a log, without the paths of this machine."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1][-400:] if lines else "it printed nothing"
    return re.sub(r"(/[\w.+-]+)+/", ".../", last)
