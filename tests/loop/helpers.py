"""Small data folders of every kind, and runs on the fake base."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from pioneer.api import request
from pioneer.execution.inline import inline_executor
from pioneer.journal import runs
from pioneer.loop.cold_start import cold_start
from pioneer.loop.outcome import Outcome
from pioneer.loop.request import ColdStart
from pioneer.records import dump
from pioneer.store.workspace import open_workspace

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
    for number in range(count):
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
    path.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row) + "\n" for row in rows(kind, **options)]
    (path / "all.jsonl").write_text("".join(lines), encoding="utf-8")
    return path


def fake_request(data: Path, kind: str, **options: Any) -> ColdStart:
    settings = {"base": "fake", "max_trials": 4, "name": "m", "target": 1.0} | options
    return request(DESCRIPTIONS[kind], data=str(data), kind=kind, **settings)


def run(workspace: Path, wanted: ColdStart) -> Outcome:
    """A whole cold start in this process."""
    with open_workspace(workspace, write=True) as opened:
        begun = runs.start(opened.engine, "cold-start", dump(wanted))
        return cold_start(opened, begun, wanted, lambda _event: None, executor=inline_executor)
