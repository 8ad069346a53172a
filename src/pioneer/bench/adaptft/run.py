"""Runs arms on the seeds of a scenario. What is there already is kept, so a run can be cut off."""

from __future__ import annotations

import shutil
import string
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pioneer.bench.adaptft.arms import ABLATIONS, ARMS, STANDARD
from pioneer.bench.adaptft.build import build
from pioneer.bench.adaptft.cells import Cell, asked_file, cell_file, read, write
from pioneer.bench.adaptft.presets import Scenario
from pioneer.bench.adaptft.scene import Scene
from pioneer.bench.adaptft.worker import LOGS, WORK
from pioneer.errors import ArgumentError, BenchError
from pioneer.events import Listener, Note, silent

GROUPS: Mapping[str, Sequence[str]] = {
    "standard": tuple(STANDARD),
    "ablations": tuple(ABLATIONS),
    "none": (),
}

Commands = Mapping[str, str]
"""Foreign systems by name; see `arms.foreign`."""
_OF_NAMES = frozenset(string.ascii_letters + string.digits + "-.")
"""They name files."""


def run_all(
    scenarios: Sequence[Scenario],
    seeds: str,
    output: Path,
    arms: str,
    foreign: Sequence[str],
    listen: Listener = silent,
) -> None:
    """What the command line asks for: lists with commas, NAME=COMMAND. Raises ArgumentError."""
    commands = dict(_command(one) for one in foreign)
    chosen = [each for one in arms.split(",") for each in GROUPS.get(one.strip(), (one.strip(),))]
    numbers = _numbers(seeds)
    named([*chosen, *commands], commands)
    for scenario in scenarios:
        run(scenario, numbers, output, chosen, commands, listen)


def run(
    scenario: Scenario,
    seeds: Sequence[int],
    output: Path,
    arms: Sequence[str] = tuple(STANDARD),
    commands: Commands | None = None,
    listen: Listener = silent,
) -> None:
    """All turns that are not there yet. Raises BenchError where an arm fails; what was done until
    then stays, and running again goes on."""
    known = commands or {}
    wanted = named([*arms, *known], known)
    for seed in seeds:
        folder = output / scenario.name / f"seed-{seed}"
        left = [name for name in wanted if _missing(folder, name, len(scenario.stages))]
        if not left:
            continue
        listen(Note(f"{scenario.name}, seed {seed}: {', '.join(left)}"))
        build(scenario, seed, folder / LOGS, listen)
        write(asked_file(folder), Scene(folder / LOGS).asked())
        for name in left:
            _all_stages(folder, name, len(scenario.stages), known.get(name), listen)


def named(arms: Sequence[str], commands: Commands) -> list[str]:
    """Without repeats. Raises ArgumentError for an arm that there is not, or a name taken twice."""
    unknown = [name for name in arms if name not in ARMS and name not in commands]
    if unknown:
        hint = f"one of {', '.join(ARMS)}, or --arm NAME=COMMAND"
        raise ArgumentError(f"there is no arm {unknown[0]!r}", hint=hint)
    taken = sorted(set(ARMS) & set(commands))
    if taken:
        raise ArgumentError(f"--arm {taken[0]} is the name of an arm that ships", hint="rename it")
    return list(dict.fromkeys(arms))


def _all_stages(
    folder: Path, name: str, stages: int, command: str | None, listen: Listener
) -> None:
    """Go on behind the last stage whose folder is still there; from the first where none is."""
    for stage in range(_first_to_do(folder, name, stages), stages + 1):
        _turn(folder, name, stage, command)
        cell = read(Cell, cell_file(folder, name, stage))
        listen(Note(f"  {name}, stage {stage}: {cell.decision}, {cell.seconds:.0f} s"))
        shutil.rmtree(folder / WORK / name / str(stage - 1), ignore_errors=True)
    shutil.rmtree(folder / WORK / name, ignore_errors=True)


def _first_to_do(folder: Path, name: str, stages: int) -> int:
    done = [stage for stage in range(1, stages + 1) if cell_file(folder, name, stage).exists()]
    kept = [stage for stage in done if (folder / WORK / name / str(stage)).exists()]
    return kept[-1] + 1 if kept else 1


def _turn(folder: Path, name: str, stage: int, command: str | None) -> None:
    told = [sys.executable, "-m", "pioneer.bench.adaptft.worker", folder, name, stage]
    call = [str(part) for part in (*told, *([command] if command else []))]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise BenchError(
            f"{name} failed at stage {stage} of {folder}: {last}",
            hint="what was done stays; run again to go on",
        )


def _missing(folder: Path, name: str, stages: int) -> bool:
    return any(not cell_file(folder, name, stage).exists() for stage in range(1, stages + 1))


def _command(told: str) -> tuple[str, str]:
    name, sign, command = told.partition("=")
    if not sign or not name.strip() or not command.strip():
        raise ArgumentError(f"--arm {told!r} is not NAME=COMMAND")
    if set(name) - _OF_NAMES:
        raise ArgumentError(f"--arm {name!r}: a name has letters, digits, - and . only")
    return name, command


def _numbers(told: str) -> list[int]:
    try:
        return [int(one) for one in told.split(",")]
    except ValueError as error:
        raise ArgumentError(f"--seeds {told!r} is not a list of numbers", hint="0,1,2") from error
