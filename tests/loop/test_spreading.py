"""Corrections carried over to calls that nobody judged."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from pioneer import api
from pioneer.data.rows import Manifest, examples_of, manifest_of
from pioneer.errors import StoreError
from pioneer.loop.outcome import Improved
from pioneer.records import Example, load
from pioneer.store.workspace import open_workspace
from tests.loop.cycles import calls, cycle, first, log, records, wanted
from tests.loop.helpers import FILLERS

PHRASES = {
    "weather": "thunderclouds drizzling overhead",
    "music": "saxophone rehearsal backstage",
    "food": "marmalade pancakes breakfast",
}
"""Of words that the first version does not know."""


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return first(tmp_path_factory.mktemp("spreading"))


@pytest.fixture
def workspace(start: Path, tmp_path: Path) -> Path:
    shutil.copytree(start, tmp_path / "w")
    return tmp_path / "w"


def phrased(workspace: Path, count: int, wrong: float = 0.0) -> list[dict[str, Any]]:
    """Calls about what the first version does not know; every third is not judged. `wrong`: share
    of the others whose right answer is any but that of the phrase."""
    rng = random.Random(count)
    model = api.load("m", workspace=workspace)
    found = []
    for at in range(count):
        topic = rng.choice(sorted(PHRASES))
        text = f"{PHRASES[topic]} {' '.join(rng.sample(FILLERS, 3))} {at}"
        answer = model([text])[0].output
        label = rng.choice(sorted(set(PHRASES) - {topic})) if rng.random() < wrong else topic
        judged = {} if at % 3 == 0 else {"expected": label, "judge": "human"}
        found.append({"id": f"p{at} {topic}", "time": at, "input": text, "output": answer} | judged)
    return found


def spread_rows(workspace: Path) -> list[Example]:
    audit = records(workspace)[-1]
    with open_workspace(workspace, write=False) as opened:
        manifest = load(Manifest, opened.artifacts.get_json(audit.rows["learned"]))
        with opened.engine.connect() as connection:
            rows = examples_of(connection, manifest)
    return [row for row in rows if "corrected as" in row.provenance]


def run(workspace: Path, lines: list[dict[str, Any]], folder: Path, **options: Any) -> Improved:
    return cycle(workspace, wanted(log(folder / "log.jsonl", lines), **options))


def test_calls_like_corrected_ones_are_learned_from_with_their_answer(
    workspace: Path, tmp_path: Path
) -> None:
    lines = [*phrased(workspace, 300), *calls(workspace, 200)]
    outcome = run(workspace, lines, tmp_path)
    told, rows = outcome.log["spread"], spread_rows(workspace)
    assert told["learned"] == outcome.log["curriculum"]["spread"] == len(rows) > 20
    assert "held-out neighbours would be corrected rightly" in told["sentence"]
    silent = {line["id"] for line in lines if "expected" not in line}
    assert {row.id.removeprefix("trace ") for row in rows} <= silent
    assert all(row.id.endswith(str(row.target)) for row in rows)
    audit = records(workspace)[-1]
    with open_workspace(workspace, write=False) as opened:
        judging = {
            entry.group
            for part in ("gate", "sealed")
            for entry in load(Manifest, opened.artifacts.get_json(audit.rows[part])).entries
        }
    assert not judging & {row.group for row in rows}


@pytest.mark.parametrize("which", ["text", "answer"])
def test_they_are_forgotten_with_either_trace(workspace: Path, tmp_path: Path, which: str) -> None:
    run(workspace, [*phrased(workspace, 300), *calls(workspace, 200)], tmp_path)
    row = spread_rows(workspace)[0]
    text, _, answer = row.provenance.removeprefix("trace:").partition(" corrected as ")
    api.forget_trace({"text": text, "answer": answer}[which], workspace, model="m")
    with (
        open_workspace(workspace, write=False) as opened,
        opened.engine.connect() as connection,
        pytest.raises(StoreError, match="not in the row store any more"),
    ):
        examples_of(connection, manifest_of([row]))
    assert api.show_model("m@2", workspace)["marks"]


def test_nothing_spreads_where_neighbours_are_often_right_otherwise(
    workspace: Path, tmp_path: Path
) -> None:
    lines = [*phrased(workspace, 300, wrong=0.3), *calls(workspace, 200)]
    outcome = run(workspace, lines, tmp_path, without=("triage",))
    assert outcome.log["spread"]["calls"] > 50
    assert outcome.log["spread"]["learned"] == 0
    assert spread_rows(workspace) == []


def test_it_can_be_left_out(workspace: Path, tmp_path: Path) -> None:
    lines = [*phrased(workspace, 300), *calls(workspace, 200)]
    assert "spread" not in run(workspace, lines, tmp_path, without=("spread",)).log
