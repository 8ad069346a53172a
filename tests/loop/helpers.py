"""Small data folders of every kind, and runs on the fake base."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pioneer.api import request
from pioneer.data.rows import Manifest, examples_of
from pioneer.execution.inline import inline_executor
from pioneer.execution.job import Executor, Job
from pioneer.journal import runs
from pioneer.journal.journal import Entry, Journal
from pioneer.loop.cold_start import cold_start
from pioneer.loop.outcome import Outcome
from pioneer.loop.prepare import Prepared
from pioneer.loop.request import ColdStart
from pioneer.records import Example, Recipe, Scalar, dump, load
from pioneer.search.graph import recipe_hash, tried
from pioneer.store.workspace import Workspace, open_workspace
from pioneer.strategist.base import Proposal, SearchState, Strategist

T = TypeVar("T")

TOPICS = {
    "weather": "rain snow storm cloud wind sun frost hail",
    "music": "song album guitar concert singer chorus drum melody",
    "food": "bread soup cheese dinner kitchen recipe apple salad",
}
DESCRIPTIONS = {
    "classification": "classify short texts by topic",
    "extraction": "extract the topic words from short texts",
    "generation": "generate a reply to each request",
}
FILLERS = [
    "yesterday",
    "today",
    "my",
    "our",
    "the",
    "some",
    "another",
    "every",
    "nobody",
    "somebody",
    "near",
    "behind",
    "above",
    "before",
    "after",
    "river",
    "window",
    "garden",
    "letter",
    "ticket",
    "engine",
    "pocket",
    "mirror",
    "button",
    "blanket",
]


def rows(kind: str, count: int = 90, seed: int = 0) -> list[dict[str, Any]]:
    """Rows whose topic word tells the answer; texts are far from each other."""
    rng = random.Random(seed)
    found = []
    for number in range(seed * 10_000, seed * 10_000 + count):
        topic = sorted(TOPICS)[number % len(TOPICS)]
        word = rng.choice(TOPICS[topic].split())
        words = [*rng.sample(FILLERS, 6), word]
        rng.shuffle(words)
        text = " ".join(words) + f" {number}"
        start = text.index(word)
        span = {"start": start, "end": start + len(word), "label": topic}
        found.append(
            {
                "classification": {"text": text, "label": topic},
                "extraction": {"text": text, "spans": [span]},
                "generation": {"prompt": text, "completion": f"that is about {topic}"},
            }[kind]
        )
    return found


def folder(path: Path, kind: str, **options: Any) -> Path:
    """A data folder with one file of unsplit rows."""
    return written(path, {"all": rows(kind, **options)})


def written(path: Path, parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """A data folder with a file for each part."""
    path.mkdir(parents=True, exist_ok=True)
    for part, found in parts.items():
        lines = [json.dumps(row) + "\n" for row in found]
        (path / f"{part}.jsonl").write_text("".join(lines), encoding="utf-8")
    return path


def fake_request(data: Path, kind: str, **options: Any) -> ColdStart:
    settings = {"base": "fake", "max_trials": 4, "name": "m", "target": 1.0} | options
    return request(DESCRIPTIONS[kind], data=str(data), kind=kind, **settings)


def run(
    workspace: Path,
    wanted: ColdStart,
    strategist: Strategist | None = None,
    executor: Executor = inline_executor,
) -> Outcome:
    """A whole cold start in this process."""
    with open_workspace(workspace, write=True) as opened:
        begun = runs.start(opened.engine, "cold-start", dump(wanted))
        return go_on(opened, begun, wanted, strategist, executor)


def go_on(
    opened: Workspace,
    begun: runs.Run,
    wanted: ColdStart,
    strategist: Strategist | None = None,
    executor: Executor = inline_executor,
) -> Outcome:
    """One life of a run."""
    return cold_start(opened, begun, wanted, lambda _event: None, strategist, executor)


def facts(outcome: Outcome) -> dict[str, Any]:
    """What two equal runs have in common."""
    told = dump(outcome)
    kept = ("decision", "reason", "recipe_hash", "data_hash", "scores", "trials", "baselines")
    return {key: told[key] for key in (*kept, "gate", "parent_scores", "task", "mapping")}


@dataclass(frozen=True, slots=True)
class Listed:
    """A strategist that proposes what it was given, `k` at a time."""

    recipes: tuple[Recipe, ...]

    def propose(self, state: SearchState, k: int, rng: random.Random) -> list[Proposal]:
        known = tried(state.trials)
        fresh = [recipe for recipe in self.recipes if recipe_hash(recipe) not in known]
        return [Proposal(recipe, "draft", "it is on the list") for recipe in fresh[:k]]


def table(**hyper: Scalar) -> Recipe:
    """A recipe of the fake base."""
    return Recipe("fake", "table.v1", {"coverage": 1.0, "fallback": "overlap", **hyper})


@dataclass(frozen=True, slots=True)
class Lived:
    """A finished run with all that it did."""

    outcome: Outcome
    jobs: tuple[Job, ...]
    sealed: tuple[bool, ...]
    """Of each job: whether no reading was on record when it began."""
    entries: tuple[Entry, ...]
    prepared: Prepared
    rows: Mapping[str, tuple[Example, ...]]
    """By manifest."""
    folds: Mapping[str, int]


def lived(workspace: Path, wanted: ColdStart, strategist: Strategist | None = None) -> Lived:
    """A whole cold start that is watched."""
    jobs: list[Job] = []
    sealed: list[bool] = []
    with open_workspace(workspace, write=True) as opened:
        begun = runs.start(opened.engine, "cold-start", dump(wanted))
        journal = Journal(opened.engine, begun.id)

        def execute(todo: Sequence[Job], progress: Callable[[str, float], None]) -> Any:
            for job in todo:
                jobs.append(job)
                sealed.append(not journal.entries("unsealed"))
                yield from inline_executor([job], progress)

        outcome = go_on(opened, begun, wanted, strategist, execute)
        entries = journal.entries()
        prepared = stage_output(entries, "prepare", Prepared)
        read = opened.artifacts.get_json
        named = {prepared.train, prepared.dev, prepared.test, prepared.refit}
        named |= {manifest for job in jobs for manifest in (job.train, job.score, job.ask)}
        with opened.engine.connect() as connection:
            rows = {
                name: tuple(examples_of(connection, load(Manifest, read(name))))
                for name in named
                if name is not None
            }
        folds = read(prepared.folds)
    return Lived(outcome, tuple(jobs), tuple(sealed), tuple(entries), prepared, rows, folds)


def stage_output(entries: Sequence[Entry], stage: str, kind: type[T]) -> T:
    """What a stage of a run came to."""
    finished = (entry.payload for entry in entries if entry.name == "stage finished")
    return next(load(kind, one["output"]) for one in finished if one["stage"] == stage)
