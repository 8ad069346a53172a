"""Whole cold starts on data of the hub, as a user types them; killed and resumed ones too."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.data.fake_hub import FakeHub, parquet
from tests.data.hub_client import environment
from tests.loop.helpers import rows

SAID = "classify short texts by their topic"
NAMED = (SAID, "--data", "hub:acme/topics")
TOPICS = ("food", "music", "weather")
SAME = ("decision", "recipe_hash", "data_hash", "scores", "mapping", "trials")


@pytest.fixture(scope="module")
def hub() -> Iterator[FakeHub]:
    with FakeHub() as running:
        yield running


def topics(count: int) -> dict[str, bytes]:
    """Parts as the hub's sets have them, under other names than ours."""
    found = [
        {"sentence": row["text"], "label": TOPICS.index(row["label"])}
        for row in rows("classification", count)
    ]
    shipped = count // 5
    parts = {"train": found[shipped:], "test": found[:shipped]}
    return {f"{part}.parquet": parquet(some, TOPICS) for part, some in parts.items()}


def start(hub: FakeHub, folder: Path, *more: str, **variables: str) -> subprocess.Popen[str]:
    options = ["--base", "fake", "--max-trials", "2", "--target", "1.0"]
    given = more if more[0] == "runs" else ("cold-start", *more, *options)
    where = ["--json", "--workspace", str(folder / "w")]
    return subprocess.Popen(
        [sys.executable, "-m", "pioneer.cli.main", *given, *where],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(hub.url, folder / "home", **variables),
    )


def finished(process: subprocess.Popen[str]) -> Any:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out)


def source(outcome: Any) -> dict[str, Any]:
    report = json.loads(Path(outcome["report"]).with_name("report.json").read_text("utf-8"))
    (found,) = report["data"]["sources"]
    return dict(found)


@pytest.fixture(scope="module")
def whole(hub: FakeHub, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The outcome of a run that nothing disturbed."""
    hub.dataset("acme/topics", topics(600))
    return finished(start(hub, tmp_path_factory.mktemp("whole"), *NAMED))


@pytest.mark.slow
def test_a_set_that_is_named_is_learned_from(hub: FakeHub, whole: Any) -> None:
    assert whole["decision"] == "promoted"
    assert whole["mapping"] == {"text": "sentence", "label": "label"}
    assert whole["task"]["labels"] == list(TOPICS)
    assert whole["scores"]["test"]["n"] == 120
    told = source(whole)
    commit = next(iter(hub.repos["datasets", "acme/topics"].commits))
    assert told["name"] == f"hub:acme/topics@{commit}:default"
    assert (told["origin"], told["rows"]) == ("given", 600)
    assert told["mapping"] == whole["mapping"]


@pytest.mark.slow
def test_a_killed_run_goes_on_with_the_commit_that_it_read(
    hub: FakeHub, whole: Any, tmp_path: Path
) -> None:
    """The hub moves on and goes away; the run does not notice."""
    process = start(hub, tmp_path, *NAMED)
    assert process.stderr is not None
    for line in process.stderr:
        if "data: hub:" in line:
            break
    process.kill()
    process.communicate()
    hub.repos["datasets", "acme/topics"].commit(topics(60))
    with hub.trouble(away=True):
        resumed = finished(start(hub, tmp_path, "runs", "resume"))
    assert {key: resumed[key] for key in SAME} == {key: whole[key] for key in SAME}
    assert source(resumed) == source(whole)


@pytest.mark.slow
def test_a_set_is_found_where_none_is_named(hub: FakeHub, tmp_path: Path) -> None:
    about = "Short texts, each with its topic: food, music or weather."
    repo = hub.dataset("acme/short-topic-texts", topics(120), description=about)
    hub.forget()
    outcome = finished(start(hub, tmp_path, SAID, PIONEER_CATALOGUE=""))
    assert outcome["decision"] == "promoted"
    told = source(outcome)
    assert told["name"] == f"hub:acme/short-topic-texts@{repo.refs['main']}:default"
    assert told["origin"] == "hub"
    assert "acme/short-topic-texts" in told["why"]
    searched = [word for asked in hub.asked for word in asked.query.get("search", [])]
    assert sorted(searched) == ["classify", "short", "texts", "topic"]
    assert not any(asked.body for asked in hub.asked)


@pytest.mark.slow
def test_what_the_hub_does_not_have_is_one_line(hub: FakeHub, tmp_path: Path) -> None:
    process = start(hub, tmp_path, SAID, "--data", "hub:acme/nothing")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert json.loads(out)["error"]["type"] == "SourceError"
    assert err.splitlines()[-1].startswith("error: the hub knows no data set 'acme/nothing'")
