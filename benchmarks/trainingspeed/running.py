"""Run one cell: write its job, start the child, keep what it said."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from coldstart.cells import indexes, pack
from coldstart.running import commit, last_line, timed
from coldstart.sets import Row
from coldstart.systems import Job as Place
from coldstart.systems import environment
from trainingspeed import child
from trainingspeed.cells import Cell, Terms

LIMIT = 3600.0
CHILD = Path(child.__file__)


@dataclass(frozen=True, slots=True)
class System:
    """One line of the table."""

    name: str
    title: str
    child: str
    """What the child process is told to train."""
    changed: Mapping[str, float]
    """Settings other than its own."""
    after: str | None = None
    """The system whose caches it finds, as a later trial on the same data would."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What is learned and what is asked, the same for all systems of a seed."""

    train: Sequence[Row]
    test: Sequence[Row]

    @property
    def labels(self) -> list[str]:
        return sorted({row.label for row in self.train})


def run_cell(system: System, seed: int, rows: Rows, terms: Terms, work: Path) -> Cell:
    """Whatever happens becomes a cell."""
    folder = work / f"{system.name}__{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = datetime.now(UTC).isoformat(timespec="seconds")
    caches = work / f"{system.after or system.name}__{seed}" / "cache"
    (folder / "job.json").write_text(json.dumps(asdict(_job(system, seed, rows, terms, caches))))
    command = [
        *(sys.executable, str(CHILD), system.child),
        *(str(folder / "job.json"), str(folder / "result.json")),
    ]
    surroundings = environment(Place(folder, "", seed, "", 0.0), terms.threads)
    ended = timed(command, surroundings, folder, folder / "child.log", LIMIT)
    if ended.code != 0 or not (folder / "result.json").exists():
        problem = last_line(folder / "child.log") if ended.code is not None else "too slow"
        return Cell(system.name, seed, terms, problem=problem, started=started)
    said = json.loads((folder / "result.json").read_text())
    return Cell(
        system.name,
        seed,
        terms,
        seconds=round(said["seconds"], 3),
        step_seconds=round(said["step_seconds"], 3),
        processor_seconds=round(said["processor_seconds"], 3),
        predictions=pack(indexes(rows.labels, said["answers"])),
        learned=said["learned"],
        predicted=said["predicted"],
        versions=said["versions"] | {"commit": commit()},
        note=said["note"],
        others=ended.others,
        started=started,
    )


def _job(system: System, seed: int, rows: Rows, terms: Terms, caches: Path) -> child.Job:
    return child.Job(
        texts=[row.text for row in rows.train],
        labels=[row.label for row in rows.train],
        asked=[row.text for row in rows.test],
        seed=seed,
        threads=terms.threads,
        settings={**terms.hyper, **system.changed}
        if system.child == child.OURS
        else {"num_train_epochs": terms.epochs, **system.changed},
        cache=str(caches),
    )
