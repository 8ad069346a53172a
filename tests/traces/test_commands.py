"""`pioneer traces ...` as a user meets it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pioneer.store.workspace import open_workspace
from tests.cli.shell import call, command, error_of
from tests.loop.helpers import fake_request, folder, run
from tests.traces import samples
from tests.traces.helpers import jsonl, row


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Serves m@1, whose labels are food, music and weather."""
    place = tmp_path_factory.mktemp("trained")
    run(place / "w", fake_request(folder(place / "data", "classification"), "classification"))
    return place / "w"


@pytest.fixture
def at(trained: Path, tmp_path: Path) -> tuple[str, ...]:
    """The options of a workspace of one's own."""
    return "--workspace", str(shutil.copytree(trained, tmp_path / "w")), "--json"


def calls(count: int = 3) -> list[dict[str, Any]]:
    return [row(n, output="food", confidence=n / 10) for n in range(count)]


def test_from_a_log_to_answers_and_back(at: tuple[str, ...], tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [*calls(), row(3, output="music", expected="food")])
    done = call("traces", "import", log, "--model", "m", *at).document
    assert (done["model"], done["rows"], done["new"], done["verdicts"]) == ("m", 4, 4, 1)
    assert done["files"][0]["format"] == "jsonl"
    assert call("traces", "import", log, "--model", "m", *at).document["new"] == 0

    asked = call("traces", "review", "--model", "m", "--limit", 2, *at).document
    assert [one["id"] for one in asked["questions"]] == ["t0", "t1"]
    answers = jsonl(tmp_path / "answers.jsonl", [{"id": "t3", "verdict": "pass", "judge": "bob"}])
    done = call(
        "traces", "review", "--model", "m", "--answer", "t0=music", "--answer", "t1=Food",
        "--answers", answers, "--judge", "anna", *at,
    ).document  # fmt: skip
    assert (done["answers"], done["passed"], done["failed"]) == (3, 2, 1)

    found = call("traces", "list", "--model", "m", *at).document
    assert (found["total"], found["verdicts"]) == (4, {"pass": 2, "fail": 1, "none": 1})
    assert [one["id"] for one in found["traces"]] == ["t3", "t2", "t1", "t0"]
    assert found["traces"][3]["judge"] == "human:anna"
    (judge,) = found["judges"]
    assert (judge["judge"], judge["n"], judge["agreed"]) == ("metric:accuracy", 1, 0)
    failed = call("traces", "list", "--model", "m", "--verdict", "fail", *at).document
    assert [one["id"] for one in failed["traces"]] == ["t0"]
    assert len(found["imports"]) == 2


def test_an_export_is_a_log_again(at: tuple[str, ...], tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [row(0, output="food", expected="music", time=5)])
    call("traces", "import", log, "--model", "m", *at)
    call("traces", "review", "--model", "m", "--answer", "t0=food", *at)
    lines = call("traces", "export", "--model", "m", *at[:2]).lines
    assert lines == [
        {"id": "t0", "time": 5.0, "input": "where is parcel 0?", "output": "food",
         "expected": "food", "verdict": "pass", "judge": "human"},
    ]  # fmt: skip
    assert call("traces", "export", "--model", "m", *at).document == lines
    out = tmp_path / "out.jsonl"
    done = call("traces", "export", "--model", "m", "--history", "--output", out, *at).document
    assert done == {"model": "m", "output": str(out), "traces": 1}
    assert [one["judge"] for one in json.loads(out.read_text())["verdicts"]] == [
        "metric:accuracy",
        "human",
    ]
    assert call("traces", "import", out, "--model", "m", *at).document["verdicts"] == 0


def test_forget(at: tuple[str, ...], tmp_path: Path) -> None:
    call("traces", "import", jsonl(tmp_path / "log.jsonl", calls()), "--model", "m", *at)
    done = call("traces", "forget", "t1", *at).document
    assert (done["model"], done["id"], done["marked"]) == ("m", "t1", [])
    assert call("models", "show", "m@1", *at).document["marks"] == []
    assert error_of(call("traces", "forget", "t1", *at))["type"] == "RegistryError"
    assert call("traces", "list", "--model", "m", *at).document["total"] == 2


def test_personal_data_and_broken_rows(at: tuple[str, ...], tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [row(0, input="I am a@b.org")])
    log.write_text(log.read_text() + "{\n")
    error = error_of(call("traces", "import", log, "--model", "m", *at))
    assert (error["file"], error["row"]) == (str(log), 2)
    assert call("traces", "list", "--model", "m", *at).document["total"] == 0
    ended = call("traces", "import", log, "--model", "m", "--redact", "--skip-broken", *at)
    (one,) = ended.document["files"]
    assert (one["redacted"], one["broken"]) == ({"email": 1}, 1)
    assert f"{log}: read as jsonl" in ended.err


def test_bad_values_are_refused_in_one_line(at: tuple[str, ...], tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", calls())
    empty = jsonl(tmp_path / "none.jsonl", [{"messages": [{"role": "user", "content": ""}]}])
    spans = jsonl(tmp_path / "spans.jsonl", [samples.resource_spans(samples.HTTP)])
    for arguments, message in (
        (("import", log, "--model", "nobody"), "there is no model 'nobody'"),
        (("import", log, "--model", "m@7"), "there is no model 'm@7'"),
        (("import", log, "--model", "m", "--format", "excel"), "unknown --format 'excel'"),
        (("import", tmp_path / "x", "--model", "m"), "no such file or folder"),
        (("import", spans, "--model", "m"), "no trace was found"),
        (("import", empty, "--model", "m", "--format", "parquet"), "but the file is jsonl"),
        (("list", "--model", "m", "--verdict", "maybe"), "--verdict is one of pass, fail"),
        (("list", "--model", "m", "--limit", "-1"), "--limit must not be negative"),
        (("review", "--model", "m", "--answer", "x"), "--answer takes ID=LABEL"),
        (("review", "--model", "m", "--answer", "x=y"), "m has no trace 'x'"),
        (("review", "--model", "m", "--answers", log), "an answer needs"),
    ):
        assert message in error_of(call("traces", *arguments, *at))["message"]
    assert call("traces", "import", log, *at).code == 2
    assert call("traces", "list", "--model", "m", *at).document["imports"] == []


def test_the_version_can_be_named(at: tuple[str, ...], tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", calls(1))
    done = call("traces", "import", log, "--model", "m@1", *at).document
    assert (done["model"], done["files"][0]["models"]) == ("m", {"m@1": 1})


def test_what_a_person_reads(at: tuple[str, ...], tmp_path: Path) -> None:
    plain = at[:2]
    none = call("traces", "list", "--model", "m", *plain)
    assert "no traces yet" in none.out
    hostile = row(0, input="\x1b[2Jhello\nworld", output="food", expected="music")
    log = jsonl(tmp_path / "log.jsonl", [hostile])
    done = call("traces", "import", log, "--model", "m", *plain)
    assert "m: 1 new traces, 1 new verdicts" in done.out
    assert call("traces", "review", "--model", "m", "--answer", "t0=music", *plain).code == 0
    shown = call("traces", "list", "--model", "m", *plain).out
    assert "\\x1b[2Jhello\\nworld" in shown
    assert "metric:accuracy agrees with the humans on 1 of 1" in shown
    assert "nothing to ask" in call("traces", "review", "--model", "m", *plain).out


def _on_a_terminal(arguments: list[str], typed: str) -> str:
    """Run a command on a terminal of its own and type."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(arguments, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, typed.encode())
    shown = b""
    while True:
        try:
            piece = os.read(ours, 1024)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return shown.decode("utf-8", "replace")


@pytest.mark.slow
def test_on_a_terminal_it_asks(at: tuple[str, ...], tmp_path: Path) -> None:
    call("traces", "import", jsonl(tmp_path / "log.jsonl", calls(4)), "--model", "m", *at)
    review = command("traces", "review", "--model", "m", *at[:2])
    shown = _on_a_terminal(review, "music\n\ns\nq\n")
    assert "[1/4] where is parcel 0?" in shown
    found = call("traces", "list", "--model", "m", *at).document
    assert found["verdicts"] == {"fail": 1, "pass": 1, "none": 2}


def test_an_older_workspace_is_brought_up_to_date_by_a_reader(at: tuple[str, ...]) -> None:
    """Reading a workspace that an older version wrote changes its schema first."""
    root = Path(at[1])
    with open_workspace(root, write=True) as opened, opened.engine.begin() as connection:
        names = (
            "carried",
            "audits",
            "forgotten",
            "derived",
            "verdicts",
            "traces",
            "trace_imports",
            "marks",
        )
        for table in names:
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert call("models", "list", *at).document[0]["name"] == "m"
    assert call("traces", "list", "--model", "m", *at).document["total"] == 0
