"""Runs arms on the seeds of a scenario. What is there already is kept, so a run can be cut off."""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pioneer.bench.adaptft.arms import ABLATIONS, ARMS, STANDARD, Foreign
from pioneer.bench.adaptft.arms.base import last_line
from pioneer.bench.adaptft.arms.fixed import Fixed
from pioneer.bench.adaptft.build import build
from pioneer.bench.adaptft.cells import Asked, Cell, asked_file, cell_file, read, write
from pioneer.bench.adaptft.crew import JOBS, Crew, side_by_side
from pioneer.bench.adaptft.presets import Scenario, options_hash
from pioneer.bench.adaptft.scene import Scene
from pioneer.bench.adaptft.worker import LOGS, WORK
from pioneer.errors import ArgumentError, BenchError, LockedError
from pioneer.events import Listener, Note, silent
from pioneer.store.lock import lock

GROUPS: Mapping[str, Sequence[str]] = {
    "standard": tuple(STANDARD),
    "ablations": tuple(ABLATIONS),
    "none": (),
}

Commands = Mapping[str, str]
"""Foreign systems by name; see `arms.foreign`."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
"""Of an arm: it names files."""
_OTHER = "give another --output: what ran with one set of options cannot be compared with others"


@dataclass(frozen=True, slots=True)
class _Seed:
    """The folder of a seed, while this process holds it."""

    folder: Path
    stages: int
    of: str
    lock: int
    """Descriptor that holds the lock; workers inherit it, so that it outlives this process."""

    def missing(self, name: str) -> bool:
        return any(
            not cell_file(self.folder, name, stage).exists() for stage in range(1, self.stages + 1)
        )


def run_all(
    scenarios: Sequence[Scenario],
    seeds: str,
    output: Path,
    arms: str,
    foreign: Sequence[str],
    jobs: int = JOBS,
    listen: Listener = silent,
) -> None:
    """What the command line asks for: lists with commas, NAME=COMMAND. Raises ArgumentError, and
    BenchError as `run`, once all scenarios are through."""
    if jobs < 1:
        raise ArgumentError(f"--jobs must be at least 1, but is {jobs}")
    pairs = [_command(one) for one in foreign]
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise ArgumentError(f"--arm {twice[0]} is given twice")
    chosen = [each for one in arms.split(",") for each in GROUPS.get(one.strip(), (one.strip(),))]
    numbers, commands = _numbers(seeds), dict(pairs)
    named([*chosen, *commands], commands)
    failed: list[BenchError] = []
    for scenario in scenarios:
        try:
            run(scenario, numbers, output, chosen, commands, jobs, listen)
        except BenchError as error:
            failed.append(error)
    if failed:
        raise failed[0]


def run(
    scenario: Scenario,
    seeds: Sequence[int],
    output: Path,
    arms: Sequence[str] = tuple(STANDARD),
    commands: Commands | None = None,
    jobs: int = JOBS,
    listen: Listener = silent,
) -> None:
    """All turns that are not there yet, of `jobs` arms at a time, each on its part of the
    processors. An arm that fails keeps no other from its turns; when all are through, the first
    failure is raised as a BenchError. What was done stays, and running again goes on. Raises
    ArgumentError where the folder holds what other options made, LockedError where another run is
    at work in it."""
    known, output = commands or {}, output.absolute()
    wanted = named([*arms, *known], known)
    failed: list[BenchError] = []
    for number in seeds:
        with _held(output / scenario.name / f"seed-{number}", scenario) as seed:
            _check(seed, known)
            left = [name for name in wanted if seed.missing(name)]
            for name in set(wanted) - set(left):
                shutil.rmtree(seed.folder / WORK / name, ignore_errors=True)
            if not left:
                continue
            listen(Note(f"{scenario.name}, seed {number}: {', '.join(left)}"))
            build(scenario, number, seed.folder / LOGS, listen)
            _ask(seed)

            def work(name: str, crew: Crew, seed: _Seed = seed) -> None:
                try:
                    _all_stages(seed, name, known.get(name), crew, listen)
                except BenchError as error:
                    failed.append(error)
                    listen(Note(f"  {error}"))

            side_by_side(_longest_first(left), jobs, work)
    if failed:
        raise failed[0]


def _longest_first(names: Sequence[str]) -> list[str]:
    """Arms that search before arms that train once, so that none is left alone at the end."""
    return sorted(names, key=lambda name: isinstance(ARMS.get(name), Fixed))


def named(arms: Sequence[str], commands: Commands) -> list[str]:
    """Without repeats. Raises ArgumentError for an arm that there is not, a name that is taken or
    cannot be one, and a command that is none."""
    unknown = [name for name in arms if name not in ARMS and name not in commands]
    if unknown:
        hint = f"one of {', '.join(ARMS)}, or --arm NAME=COMMAND"
        raise ArgumentError(f"there is no arm {unknown[0]!r}", hint=hint)
    for name, command in commands.items():
        if not _NAME.fullmatch(name):
            raise ArgumentError(f"--arm {name!r}: a name has letters, digits, - and . only")
        if name in ARMS:
            raise ArgumentError(f"--arm {name} is the name of an arm that ships", hint="rename it")
        Foreign(name, command)
    return list(dict.fromkeys(arms))


@contextmanager
def _held(folder: Path, scenario: Scenario) -> Iterator[_Seed]:
    folder.mkdir(parents=True, exist_ok=True)

    def refusal(holder: str) -> LockedError:
        told = f"another run is at work in {folder} (process {holder})"
        return LockedError(told, hint="wait until it ends, or run other seeds")

    with lock(folder / "lock", refusal) as held:
        yield _Seed(folder, len(scenario.stages), options_hash(scenario), held)


def _check(seed: _Seed, commands: Commands) -> None:
    """What is there must have been made with the same options."""
    there = asked_file(seed.folder)
    if there.exists() and read(Asked, there).of != seed.of:
        raise ArgumentError(f"{seed.folder} was made with other options", hint=_OTHER)
    for name, command in commands.items():
        for stage in range(1, seed.stages + 1):
            file = cell_file(seed.folder, name, stage)
            if file.exists() and read(Cell, file).command != command:
                raise ArgumentError(f"arm {name} was another command in {file}", hint=_OTHER)


def _ask(seed: _Seed) -> None:
    """Write down what all arms are asked. Raises ArgumentError where some were asked otherwise:
    the data are not what they were."""
    asked, file = Scene(seed.folder / LOGS).asked(), asked_file(seed.folder)
    if file.exists() and read(Asked, file) != asked:
        raise ArgumentError(f"{seed.folder} was made with other data", hint=_OTHER)
    write(file, asked)


def _all_stages(seed: _Seed, name: str, command: str | None, crew: Crew, listen: Listener) -> None:
    """Go on behind the last stage whose folder is still there; from the first where none is."""
    work = seed.folder / WORK / name
    for stage in range(_first_to_do(seed, name), seed.stages + 1):
        _turn(seed, name, stage, command, crew)
        cell = read(Cell, cell_file(seed.folder, name, stage))
        listen(Note(f"  {name}, stage {stage}: {cell.decision}, {cell.seconds:.0f} s"))
        shutil.rmtree(work / str(stage - 1), ignore_errors=True)
    shutil.rmtree(work, ignore_errors=True)


def _first_to_do(seed: _Seed, name: str) -> int:
    kept = [
        stage
        for stage in range(1, seed.stages + 1)
        if cell_file(seed.folder, name, stage).exists()
        and (seed.folder / WORK / name / str(stage)).exists()
    ]
    return kept[-1] + 1 if kept else 1


def _turn(seed: _Seed, name: str, stage: int, command: str | None, crew: Crew) -> None:
    told = [sys.executable, "-m", "pioneer.bench.adaptft.worker", seed.folder, name, stage]
    call = [str(part) for part in (*told, *([command] if command else []))]
    code, said = crew.run(call, seed.lock)
    if code != 0:
        log = seed.folder / f"{name}-{stage}.stderr"
        log.write_text(said, encoding="utf-8")
        raise BenchError(
            f"{name} failed at stage {stage} of {seed.folder}: {last_line(said)}",
            hint=f"{log} has all of it; what was done stays: run again to go on",
        )


def _command(told: str) -> tuple[str, str]:
    name, sign, command = told.partition("=")
    if not sign:
        raise ArgumentError(f"--arm {told!r} is not NAME=COMMAND")
    return name, command


def _numbers(told: str) -> list[int]:
    try:
        numbers = [int(one) for one in told.split(",")]
    except ValueError as error:
        raise ArgumentError(f"--seeds {told!r} is not a list of numbers", hint="0,1,2") from error
    if min(numbers) < 0:
        raise ArgumentError(f"a seed is not negative, but --seeds is {told!r}")
    return numbers
