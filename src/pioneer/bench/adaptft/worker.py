"""One turn of one arm, in a process of its own: `python -m pioneer.bench.adaptft.worker FOLDER ARM
STAGE [COMMAND]`. Its time and memory are the arm's."""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pioneer.bench.adaptft.arms import ARMS, Arm, Foreign, Made, Turn
from pioneer.bench.adaptft.cells import Cell, cell_file, write
from pioneer.bench.adaptft.scene import Scene
from pioneer.errors import PioneerError

LOGS, WORK = "logs", "work"


def main(arguments: Sequence[str]) -> int:
    folder, name, stage, *command = arguments
    arm = Foreign(name, command[0]) if command else ARMS[name]
    try:
        play(Path(folder), name, arm, int(stage))
    except PioneerError as error:
        hint = f" ({error.hint})" if error.hint else ""
        print(f"{error.message}{hint}", file=sys.stderr)
        return 1
    return 0


def play(folder: Path, name: str, arm: Arm, stage: int) -> Cell:
    """Take the turn and write its cell. A turn that was cut off begins again."""
    scene = Scene(folder / LOGS)
    homes = folder / WORK / name
    home, before = homes / str(stage), homes / str(stage - 1)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    began = time.monotonic()
    made = arm(Turn(scene, stage, home, before if stage > 1 else None))
    cell = _cell(scene, name, stage, made, time.monotonic() - began)
    write(cell_file(folder, name, stage), cell)
    return cell


def _cell(scene: Scene, name: str, stage: int, made: Made, seconds: float) -> Cell:
    return Cell(
        scenario=scene.scenario.name,
        seed=scene.seed,
        arm=name,
        stage=stage,
        decision=made.decision,
        reason=made.reason,
        deployed=made.deployed,
        candidate=made.candidate,
        seconds=round(seconds, 1),
        peak_mb=round(_peak_mb(), 1),
        trained_rows=made.trained_rows,
        triage=made.triage,
        details=made.details,
    )


def _peak_mb() -> float:
    """Of the largest process that took part."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    unit = 1024.0 if sys.platform != "darwin" else 1024.0**2
    return max(resource.getrusage(one).ru_maxrss for one in whose) / unit


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
