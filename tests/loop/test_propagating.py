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
from pioneer.traces.store import is_carried
from tests.loop.cycles import calls, cycle, first, log, records, wanted
from tests.loop.helpers import FILLERS

WORDS = {
    "weather": ("thunderclouds", "drizzling", "overhead", "gusty", "hailstorm"),
    "music": ("saxophone", "rehearsal", "backstage", "crescendo", "quartet"),
    "food": ("marmalade", "pancakes", "breakfast", "buttermilk", "waffles"),
}
"""That the first version does not know."""


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return first(tmp_path_factory.mktemp("propagating"))


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
        topic = rng.choice(sorted(WORDS))
        text = " ".join([*rng.sample(WORDS[topic], 4), *rng.sample(FILLERS, 3), str(at)])
        answer = model([text])[0].output
        label = rng.choice(sorted(set(WORDS) - {topic})) if rng.random() < wrong else topic
        judged = {} if at % 3 == 0 else {"expected": label, "judge": "human"}
        found.append({"id": f"p{at} {topic}", "time": at, "input": text, "output": answer} | judged)
    return found


def carried_rows(workspace: Path) -> list[Example]:
    return [row for row in learned_rows(workspace) if is_carried(row.provenance)]


def learned_rows(workspace: Path) -> list[Example]:
    audit = records(workspace)[-1]
    with open_workspace(workspace, write=False) as opened:
        manifest = load(Manifest, opened.artifacts.get_json(audit.rows["learned"]))
        with opened.engine.connect() as connection:
            return examples_of(connection, manifest)


def run(workspace: Path, lines: list[dict[str, Any]], folder: Path, **options: Any) -> Improved:
    return cycle(workspace, wanted(log(folder / "log.jsonl", lines), **options))


def test_calls_like_corrected_ones_are_learned_from_with_their_answer(
    workspace: Path, tmp_path: Path
) -> None:
    lines = [*phrased(workspace, 300), *calls(workspace, 200)]
    outcome = run(workspace, lines, tmp_path)
    told, rows = outcome.log["propagation"], carried_rows(workspace)
    assert told["learned"] == outcome.log["curriculum"]["propagated"] == len(rows) > 20
    assert "judged calls most like a corrected one" in told["sentence"]
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
    lines = [*phrased(workspace, 300), *calls(workspace, 200)]
    run(workspace, lines, tmp_path)
    row = carried_rows(workspace)[0]
    text = row.id.removeprefix("trace ")
    ids = {line["id"] for line in lines}
    answer = next(one for one in ids if is_carried(row.provenance, one))
    api.forget_trace({"text": text, "answer": answer}[which], workspace, model="m")
    with (
        open_workspace(workspace, write=False) as opened,
        opened.engine.connect() as connection,
        pytest.raises(StoreError, match="not in the row store any more"),
    ):
        examples_of(connection, manifest_of([row]))
    assert api.show_model("m@2", workspace)["marks"]


def test_where_neighbours_are_often_right_otherwise_a_human_is_asked(
    workspace: Path, tmp_path: Path
) -> None:
    lines = [*phrased(workspace, 300, wrong=0.3), *calls(workspace, 200)]
    outcome = run(workspace, lines, tmp_path, without=("triage",))
    assert outcome.log["propagation"]["calls"] > 50
    assert outcome.log["propagation"]["learned"] == 0
    assert carried_rows(workspace) == []
    unjudged = {line["id"] for line in lines if "expected" not in line}
    questions = api.review_traces("m", workspace, limit=20)["questions"]
    assert {one["id"] for one in questions} <= unjudged
    assert {one["why"] for one in questions} == {"the last cycles could not settle it"}


def test_the_next_cycle_carries_over_anew(workspace: Path, tmp_path: Path) -> None:
    run(workspace, [*phrased(workspace, 300), *calls(workspace, 200)], tmp_path)
    before = {row.id for row in carried_rows(workspace)}
    more = [*phrased(workspace, 301, wrong=0.5), *calls(workspace, 200, seed=6)]
    renamed = [line | {"id": f"later {line['id']}"} for line in more]
    outcome = run(workspace, renamed, tmp_path, without=("triage",))
    assert outcome.log["propagation"]["learned"] == 0
    assert before and not before & {row.id for row in learned_rows(workspace)}


def test_no_row_that_judges_is_near_one(workspace: Path, tmp_path: Path) -> None:
    """Calls that read like a judged one have its group's fate."""
    lines = [*phrased(workspace, 300), *calls(workspace, 200)]
    twins = [
        {key: line[key] for key in ("time", "input", "output")} | {"id": f"twin {line['id']}"}
        for line in lines[:300]
        if "expected" in line
    ]
    run(workspace, [*lines, *twins], tmp_path)
    assert carried_rows(workspace)
    assert not any(row.id.startswith("trace twin") for row in carried_rows(workspace))


def test_it_can_be_left_out(workspace: Path, tmp_path: Path) -> None:
    lines = [*phrased(workspace, 300), *calls(workspace, 200)]
    assert "propagation" not in run(workspace, lines, tmp_path, without=("propagation",)).log
