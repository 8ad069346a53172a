"""A base that nobody knows, from a folder, through a whole cold start with real training."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from pioneer import api
from pioneer.errors import BaseModelError
from pioneer.execution.job import Job, JobResult
from pioneer.journal import runs
from pioneer.records import dump
from pioneer.store.workspace import open_workspace
from tests.bases.tiny_bert import tiny_bert
from tests.loop.helpers import FILLERS, TOPICS, fake_request, folder, go_on, run

WORDS = [*FILLERS, *(word for words in TOPICS.values() for word in words.split())]


@pytest.mark.slow
def test_a_base_in_a_folder_is_trained_served_and_checked(tmp_path: Path) -> None:
    """Of 64 positions only; one text is longer."""
    base = tiny_bert(tmp_path / "base", WORDS, positions=64)
    data = folder(tmp_path / "data", "classification", count=60)
    with (data / "all.jsonl").open("a", encoding="utf-8") as rows:
        rows.write(json.dumps({"text": " ".join(WORDS * 9), "label": "food"}) + "\n")
    wanted = fake_request(data, "classification", base=str(base), max_trials=2)
    assert wanted.bases == (str(base),)
    outcome = run(tmp_path / "w", wanted)
    assert outcome.version == 1
    assert [trial["status"] for trial in outcome.trials] == ["finished", "finished"]
    assert {trial["strategy"] for trial in outcome.trials} == {"full.v1", "probe.v1"}
    model = api.load("m", workspace=tmp_path / "w")
    assert {answer.output for answer in model(["rain above the river"])} <= set(TOPICS)


class Killed(BaseException):
    pass


def killed(jobs: Sequence[Job], progress: Callable[[str, float], None]) -> Iterator[JobResult]:
    """An executor that ends with the first job."""
    yield from ()
    raise Killed


def test_a_run_does_not_go_on_with_other_weights(tmp_path: Path) -> None:
    base = tiny_bert(tmp_path / "base", WORDS)
    data = folder(tmp_path / "data", "classification", count=60)
    wanted = fake_request(data, "classification", base=str(base))
    with open_workspace(tmp_path / "w", write=True) as opened:
        begun = runs.start(opened.engine, "cold-start", dump(wanted))
        for _life in range(2):
            with pytest.raises(Killed):
                go_on(opened, begun, wanted, executor=killed)
        tiny_bert(base, WORDS, seed=1)
        with pytest.raises(BaseModelError, match="was changed since the run began") as refused:
            go_on(opened, begun, wanted, executor=killed)
    assert "restore the weights" in str(refused.value.hint)
