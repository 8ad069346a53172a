"""`pioneer diagnose` and `pioneer improve` as commands."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pioneer.store.workspace import open_workspace
from pioneer.traces import reading
from tests.cli.shell import call
from tests.loop.cycles import calls, first, log
from tests.loop.helpers import fake_request, folder, run


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which m@1 is served, and a log of 200 calls beside it."""
    place = tmp_path_factory.mktemp("diagnose")
    log(place / "log.jsonl", calls(first(place), 200))
    return place


@pytest.fixture
def place(start: Path, tmp_path: Path) -> Path:
    shutil.copytree(start, tmp_path / "p")
    return tmp_path / "p"


def traces(workspace: Path) -> int:
    with open_workspace(workspace, write=False) as opened, opened.engine.connect() as connection:
        return reading.total(connection, "m")


def options(place: Path, *more: str) -> list[str]:
    return ["--workspace", str(place / "w"), *more]


def test_a_diagnosis_changes_nothing_and_has_a_line_for_each_trace(place: Path) -> None:
    lines, page = place / "lines.jsonl", place / "page.html"
    given = ["--traces", str(place / "log.jsonl"), "--output", str(lines), "--report", str(page)]
    ended = call("diagnose", "m", *options(place, *given, "--json"))
    assert ended.code == 0, ended.err
    found = ended.document
    assert found["model"] == "m@1"
    assert found["counts"]["read"] == 200
    assert 0 < found["rate"] < 1
    told = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    assert [one["id"] for one in told] == [f"5-{at}" for at in range(200)]
    assert {"id", "p_poison", "decision", "reasons"} == {*told[0]}
    html = page.read_text("utf-8")
    assert "</html>" in html
    assert "<script" not in html
    assert traces(place / "w") == 0


def test_the_table_says_what_fails(place: Path) -> None:
    ended = call("diagnose", "m", *options(place, "--traces", str(place / "log.jsonl")))
    assert ended.code == 0
    assert "of the judged calls fail" in ended.out
    assert "triage" in ended.out


def test_the_store_is_diagnosed_where_no_log_is_named(place: Path) -> None:
    call("traces", "import", str(place / "log.jsonl"), "--model", "m", *options(place))
    ended = call("diagnose", "m", *options(place, "--json"))
    assert ended.document["counts"]["judged"] == 200


def test_without_traces_there_is_a_way_out(place: Path) -> None:
    ended = call("diagnose", "m", *options(place, "--json"))
    assert ended.code == 1
    assert ended.document["error"]["message"].startswith("there is no trace of m")
    assert "--traces" in ended.document["error"]["hint"]
    assert call("diagnose", "n", *options(place)).code == 1


def test_nothing_judged_is_said(place: Path) -> None:
    mute = [{key: one[key] for key in ("id", "input", "output")} for one in calls(place / "w", 30)]
    file = str(log(place / "mute.jsonl", mute))
    ended = call("diagnose", "m", *options(place, "--traces", file, "--json"))
    assert ended.code == 0, ended.err
    assert "no trace has a verdict" in ended.document["notes"][0]


def test_improve_prints_one_document_and_exits_3_only_if_asked(place: Path) -> None:
    given = ["--traces", str(place / "log.jsonl"), "--max-trials", "1", "--json"]
    ended = call("improve", "m", *options(place, *given, "--require-promotion"))
    assert ended.document["decision"] in ("promoted", "hold", "need_more_data")
    assert ended.code == (0 if ended.document["decision"] == "promoted" else 3)
    again = call("improve", "m", *options(place, "--max-trials", "1", "--json"))
    assert again.code == 0
    assert again.document["decision"] in ("hold", "need_more_data")


def test_a_broken_log_is_refused_or_skipped(place: Path) -> None:
    file = place / "log.jsonl"
    file.write_text(file.read_text("utf-8") + "{broken\n", encoding="utf-8")
    given = ["--traces", str(file), "--max-trials", "1", "--json"]
    ended = call("improve", "m", *options(place, *given))
    assert ended.code == 1
    assert ended.document["error"]["row"] == 201
    assert traces(place / "w") == 0
    assert call("diagnose", "m", *options(place, "--traces", str(file), "--json")).code == 1
    told = call("diagnose", "m", *options(place, "--traces", str(file), "--skip-broken", "--json"))
    assert told.document["counts"]["read"] == 200
    assert call("improve", "m", *options(place, *given, "--skip-broken")).code == 0


def test_logs_of_other_kinds_are_refused_in_a_line(tmp_path: Path) -> None:
    data = folder(tmp_path / "data", "extraction")
    run(tmp_path / "w", fake_request(data, "extraction", max_trials=1))
    file = str(log(tmp_path / "log.jsonl", [{"input": "a b", "output": [], "expected": []}]))
    for command in ("diagnose", "improve"):
        ended = call(command, "m", *options(tmp_path, "--traces", file, "--json"))
        assert ended.code == 1
        assert "m@1 is a model for extraction" in ended.document["error"]["message"]
