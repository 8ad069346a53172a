"""Builds a scenario's logs: the first version is really trained, and really answers every call.

Two folders: `seen/` holds what an arm may look at (the first version's workspace, `clean.jsonl`,
`log-1.jsonl` and so on), `sealed/` the truth, the rows that are reported on, and the reserve.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pioneer import api
from pioneer.bench.adaptft.calls import calls
from pioneer.bench.adaptft.code import files_hash
from pioneer.bench.adaptft.logs import lines, truth
from pioneer.bench.adaptft.perturb import KINDS, Harm, Stock, bank, perturbed
from pioneer.bench.adaptft.presets import Scenario, options_hash
from pioneer.bench.adaptft.rows import Rows, rows
from pioneer.bench.adaptft.said import passed
from pioneer.data.rows import Manifest
from pioneer.errors import ArgumentError, BenchError
from pioneer.events import Listener, Progress, silent
from pioneer.families import family
from pioneer.families.base import Family
from pioneer.records import Example, Json, Kind, Task, content_hash, dump, load
from pioneer.registry.versions import find
from pioneer.serving.files import whole_file
from pioneer.serving.model import Model, answers, load_version
from pioneer.store.workspace import open_workspace

MODEL = "m"
"""Name of the served model in every workspace of the benchmark."""
EVALUATIONS = 2000
"""At least so many answers are judged, where the report rows allow it."""
_VARIANTS = 4
"""Perturbed forms of a report row, at most."""
_FIXABLE = tuple(kind for kind in KINDS if kind.harm is Harm.FIXABLE)
_MONTH = 30 * 86_400.0
_BEGAN = 1_760_000_000.0
"""When the first log begins, in seconds since 1970."""
_FORMAT = 2
"""Of the folder: what stands where, and what the first version learns from."""
_EMPTY = "give an empty folder with --output"
_DONE, BUILT = "first.done", "built.json"


@dataclass(frozen=True, slots=True)
class Built:
    """Where everything lies, and how much of it there is."""

    folder: str
    scenario: str
    seed: int
    clean: int
    reserve: int
    report: int
    """Evaluations: rows as they are and perturbed, and calls that were not logged."""
    stages: tuple[Mapping[str, Any], ...]
    """Of each: how many calls, and how many of them are poison, void, failures (of those that have
    a right answer), corrected."""
    logs: str
    """Hash of the logs, of what is asked, and of the first version."""


def build(scenario: Scenario, seed: int, folder: Path, listen: Listener = silent) -> Built:
    """All of a seed. What is there already is taken; a folder of another scenario is refused with
    an ArgumentError. The same scenario and seed give the same files."""
    _claim(folder, scenario, seed)
    done = folder / BUILT
    if done.exists():
        there = load(Built, json.loads(done.read_text(encoding="utf-8")))
        return replace(there, folder=str(folder))
    seen, sealed = folder / "seen", folder / "sealed"
    chosen = family(Kind(scenario.kind))
    dealt = rows(scenario, chosen, seed)
    first = _first_version(scenario, dealt, chosen, seen, seed, listen)
    lines_to(seen / "clean.jsonl", (chosen.render(row) for row in dealt.clean))
    lines_to(sealed / "reserve.jsonl", (chosen.render(row) for row in dealt.reserve))
    task = first.version.card.task
    asked = reported(scenario, chosen, dealt.report) + unlogged(scenario, task, dealt, seed)
    lines_to(sealed / "report.jsonl", asked)
    told = tuple(
        _stage(scenario, number, seed, dealt, first, folder, listen)
        for number in range(1, len(scenario.stages) + 1)
    )
    built = Built(
        folder=str(folder),
        scenario=scenario.name,
        seed=seed,
        clean=len(dealt.clean),
        reserve=len(dealt.reserve),
        report=len(asked),
        stages=told,
        logs=content_hash([first.version.checkpoint, files_hash(folder.glob("*/*.jsonl"), folder)]),
    )
    lines_to(done, [dump(built)])
    return built


def _claim(folder: Path, scenario: Scenario, seed: int) -> None:
    """Write down whose folder this is. Raises ArgumentError where it is another's."""
    mark = folder / "scenario.json"
    wanted = {"scenario": dump(scenario), "seed": seed, "format": _FORMAT}
    if mark.exists():
        there = json.loads(mark.read_text(encoding="utf-8"))
        if there.get("format") != _FORMAT:
            raise ArgumentError(f"{folder} was built by another pioneer", hint=_EMPTY)
        made = options_hash(load(Scenario, there["scenario"]))
        if (made, there["seed"]) != (options_hash(scenario), seed):
            raise ArgumentError(f"{folder} holds the logs of another scenario or seed", hint=_EMPTY)
        return
    if folder.exists() and any(folder.iterdir()):
        raise ArgumentError(f"{folder} is not empty", hint=_EMPTY)
    folder.mkdir(parents=True, exist_ok=True)
    whole_file(mark, [json.dumps(wanted, indent=1) + "\n"])


def _first_version(
    scenario: Scenario, dealt: Rows, chosen: Family, seen: Path, seed: int, listen: Listener
) -> Model:
    """Stage 0: one training on the clean rows, by the first recipe that a cold start drafts. What
    it is asked about here stays out of the caches of its workspace, which the arms get."""
    workspace = seen / "workspace"
    if not (seen / _DONE).exists():
        shutil.rmtree(workspace, ignore_errors=True)
        data = seen / "first"
        lines_to(data / "train.jsonl", (chosen.render(row) for row in dealt.clean))
        lines_to(data / "test.jsonl", (chosen.render(row) for row in dealt.tested))
        api.cold_start(
            scenario.description,
            data=str(data),
            name=MODEL,
            base=scenario.base,
            kind=scenario.kind,
            max_trials=1,
            seed=seed,
            workspace=workspace,
            listen=listen,
        )
        whole_file(seen / _DONE, ["\n"])
    with open_workspace(workspace, write=False) as opened, opened.engine.connect() as connection:
        version = find(connection, MODEL)
        learned = load(Manifest, opened.artifacts.get_json(version.card.manifest))
        if len(learned.entries) != len(dealt.clean):
            told = f"of {len(dealt.clean)} clean rows the first version learned from"
            raise BenchError(f"{told} {len(learned.entries)}", hint="other rows, or another seed")
        return load_version(opened, version, seen.parent / "cache")


def _stage(
    scenario: Scenario,
    number: int,
    seed: int,
    dealt: Rows,
    first: Model,
    folder: Path,
    listen: Listener,
) -> Mapping[str, Any]:
    """The log of a stage and its truth, and what there is in it."""
    task, chosen = first.version.card.task, family(Kind(scenario.kind))
    key, sources = f"{scenario.name} {seed} {number}", dealt.stages[number - 1]
    listen(Progress(f"stage {number} of {len(scenario.stages)}", 0.0))
    stock = Stock(bank(scenario.bank))
    share = scenario.stages[number - 1]
    made = calls(task, sources, share, stock, key, scenario.twins)
    said = answers(first, [call.text for call in made], listen)
    wrong = sorted({row.target for row in sources}, key=str)
    logged = lines(chosen, task, made, said, wrong, key, _BEGAN + number * _MONTH)
    lines_to(folder / "seen" / f"log-{number}.jsonl", logged)
    lines_to(folder / "sealed" / f"truth-{number}.jsonl", truth(made))
    pairs = list(zip(made, said, strict=True))
    return {
        "calls": len(made),
        "poison": sum(call.harm is Harm.POISON for call in made),
        "void": sum(call.harm is Harm.VOID for call in made),
        "failures": sum(
            call.gold is not None and not passed(chosen, task, call, one) for call, one in pairs
        ),
        "corrected": sum("expected" in row for row in logged),
    }


def reported(scenario: Scenario, chosen: Family, rows: Sequence[Example]) -> list[dict[str, Json]]:
    """Every report row as it is and with one to three fixable changes, often enough to judge
    `EVALUATIONS` answers; of a shipped test, the same for every seed. `source` clusters them."""
    variants = min(_VARIANTS, max(1, -(-(EVALUATIONS - len(rows)) // len(rows))))
    found = []
    for row in rows:
        plain = {"source": row.id, "clean": True, **chosen.render(row)}
        found.append(plain)
        for number in range(variants):
            text = fixably(row.input, f"{scenario.name} report {row.id} {number}", scenario.bank)
            varied = chosen.render(replace(row, id=f"{row.id} v{number}", input=text))
            found.append({"source": row.id, "clean": False, **varied})
    return found


def unlogged(scenario: Scenario, task: Task, dealt: Rows, seed: int) -> list[dict[str, Json]]:
    """Calls like those of each stage's log, poison and all, that have a right answer: what the
    paper reports on."""
    chosen, stock = family(Kind(scenario.kind)), Stock(bank(scenario.bank))
    found: list[dict[str, Json]] = []
    pairs = zip(scenario.stages, dealt.unlogged, strict=True)
    for stage, (share, sources) in enumerate(pairs, start=1):
        key = f"{scenario.name} {seed} {stage} unlogged"
        for call in calls(task, sources, share, stock, key, twins=False):
            if call.gold is None or call.attempt:
                continue
            row = chosen.render(Example(f"unlogged {stage} {call.id}", call.text, call.gold))
            clean = not call.kinds
            found.append({"source": call.source, "clean": clean, "stage": stage, **row})
    return found


def fixably(text: str, key: str, letter: str) -> str:
    """The text with one to three fixable kinds."""
    chance = random.Random(key)
    chosen = chance.sample(_FIXABLE, chance.choice((1, 1, 1, 2, 2, 3)))
    sure = tuple(replace(kind, rate=1.0) for kind in chosen)
    return perturbed(text, key, Stock(bank(letter)), kinds=sure).text


def lines_to(file: Path, found: Iterable[Mapping[str, Any]]) -> None:
    """Write JSON lines, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    whole_file(file, (json.dumps(row, ensure_ascii=False) + "\n" for row in found))
