"""One turn of one arm, in a process of its own: `python -m pioneer.bench.adaptft.worker FOLDER ARM
STAGE [COMMAND]`."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pioneer.bench.adaptft.arms import ARMS, Arm, Foreign, Made, Turn
from pioneer.bench.adaptft.cells import Cell, cell_file, write
from pioneer.bench.adaptft.code import code_hash
from pioneer.bench.adaptft.scene import Scene
from pioneer.encoding.threads import processors
from pioneer.errors import BenchError, PioneerError
from pioneer.execution.memory import peak_mb

LOGS, WORK = "logs", "work"


def main(arguments: Sequence[str]) -> int:
    folder, name, stage, *command = arguments
    try:
        arm = Foreign(name, command[0]) if command else ARMS[name]
        play(Path(folder), name, arm, int(stage))
    except PioneerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def play(folder: Path, name: str, arm: Arm, stage: int) -> Cell:
    """Take the turn and write its cell. A turn that was cut off begins again; what came of it and
    of later ones before is gone first, for these went on from it."""
    scene = Scene(folder / LOGS)
    for later in range(stage, len(scene.scenario.stages) + 1):
        cell_file(folder, name, later).unlink(missing_ok=True)
    homes = folder / WORK / name
    home, before = homes / str(stage), homes / str(stage - 1)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    code, began = code_hash(), time.monotonic()
    made = arm(Turn(scene, stage, home, before if stage > 1 else None))
    seconds = time.monotonic() - began
    command = arm.command if isinstance(arm, Foreign) else ""
    cell = _cell(scene, name, command, stage, made, seconds, code)
    if code_hash() != code:
        raise BenchError("the code was changed during this turn", hint="run again")
    write(cell_file(folder, name, stage), cell)
    return cell


def _cell(
    scene: Scene, name: str, command: str, stage: int, made: Made, seconds: float, code: str
) -> Cell:
    deployed = made.deployed()
    return Cell(
        scenario=scene.scenario.name,
        seed=scene.seed,
        of=scene.of,
        logs=scene.logs,
        code=code,
        arm=name,
        command=command,
        stage=stage,
        decision=made.decision,
        reason=made.reason,
        deployed=deployed,
        candidate=made.candidate() if made.candidate else None,
        seconds=round(seconds, 1),
        peak_mb=round(max(peak_mb(), made.peak_mb), 1),
        trained_rows=made.trained_rows,
        processors=processors(),
        triage=made.triage,
        details=made.details,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
