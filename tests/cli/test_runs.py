"""`pioneer runs`, `bases` and `doctor`: the happy path and each refusal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pioneer import api
from pioneer.errors import StoreError
from pioneer.loop import cold_start as loop
from tests.cli.shell import Ended, call, cold_start, error_of, jsonl, write
from tests.loop.helpers import rows


def runs(workspace: Path, *arguments: object) -> Ended:
    return call("runs", *arguments, "--workspace", workspace, "--json")


@pytest.fixture
def failed(tmp_path: Path) -> Path:
    """A workspace with one failed run; its data can be mended."""
    cold_start(write(tmp_path / "data", all__jsonl=""), tmp_path / "failed")
    return tmp_path / "failed"


@pytest.fixture
def stopped(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one run that the disk stopped before its end."""

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(loop, "settle", full)
        assert error_of(cold_start(data, tmp_path / "stopped"))["message"] == "the disk is full"
    return tmp_path / "stopped"


def only(workspace: Path) -> str:
    (run,) = runs(workspace, "list").document
    return str(run["id"])


def test_the_list(trained: Path) -> None:
    told = runs(trained, "list").document
    keys = {"id", "command", "status", "decision", "created"}
    assert [set(run) for run in told] == [keys, keys]
    assert [(run["status"], run["decision"]) for run in told] == [
        ("finished", "promoted"),
        ("finished", "need_more_data"),
    ]
    shown = call("runs", "list", "--workspace", trained).out
    assert all(run["id"] in shown and run["created"] in shown for run in told)


def test_show(trained: Path) -> None:
    run = runs(trained, "list").document[0]["id"]
    told = runs(trained, "show", run).document
    assert told["arguments"]["seed"] == 0
    assert [trial["number"] for trial in told["trials"]] == [0, 1]
    assert {stage["stage"] for stage in told["stages"]} >= {"prepare", "baselines", "settle"}
    assert len(told["readings"]) == 1
    assert told["result"]["run"] == run
    assert run in call("runs", "show", run, "--workspace", trained).out


@pytest.mark.parametrize("name", ["nothing", "", "../x", "%", "naïve"])
def test_an_unknown_run(trained: Path, name: str) -> None:
    for verb in ("show", "resume", "report", "cancel"):
        error = error_of(runs(trained, verb, name))
        assert "there is no run" in error["message"]
        assert "runs list" in error["hint"]


def test_resume_of_a_finished_run_tells_its_result_again(served: Path) -> None:
    first, second = (run["id"] for run in runs(served, "list").document)
    assert runs(served, "resume").document["run"] == second
    again = runs(served, "resume", first).document
    assert (again["run"], again["version"], again["decision"]) == (first, 1, "promoted")
    assert len(runs(served, "list").document) == 2


def test_resume_goes_on_where_the_run_stopped(stopped: Path, data: Path, tmp_path: Path) -> None:
    run = only(stopped)
    assert runs(stopped, "list").document[0]["status"] == "running"
    assert call("models", "list", "--workspace", stopped, "--json").document == []
    told = runs(stopped, "resume").document
    whole = cold_start(data, tmp_path / "whole").document
    same = ("recipe_hash", "data_hash", "scores", "trials", "baselines", "decision", "version")
    assert {key: told[key] for key in same} == {key: whole[key] for key in same}
    assert (only(stopped), told["run"]) == (run, run)


def test_resume_after_the_data_was_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "data", all__jsonl=jsonl(rows("classification")))

    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(loop, "settle", full)
        cold_start(folder, tmp_path / "w")
    write(folder, all__jsonl=jsonl(rows("classification", seed=8)))
    error = error_of(runs(tmp_path / "w", "resume"))
    assert "was changed since it began" in error["message"]
    assert "restore the files" in error["hint"]
    write(folder, all__jsonl=jsonl(rows("classification")))
    assert runs(tmp_path / "w", "resume").code == 0


def test_a_failed_run_is_resumed_by_its_name_only(failed: Path) -> None:
    run = only(failed)
    assert "there is no run to resume" in error_of(runs(failed, "resume"))["message"]
    assert "the file is empty" in error_of(runs(failed, "resume", run))["message"]
    assert runs(failed, "list").document[0]["status"] == "failed"


def test_cancel(stopped: Path) -> None:
    run = only(stopped)
    assert runs(stopped, "cancel", run).document == {"id": run, "status": "cancelled"}
    assert "there is no run to resume" in error_of(runs(stopped, "resume"))["message"]
    assert "was cancelled" in error_of(runs(stopped, "resume", run))["message"]
    assert "is cancelled, not open" in error_of(runs(stopped, "cancel", run))["message"]


def test_cancel_of_a_finished_run(served: Path) -> None:
    run = runs(served, "list").document[0]["id"]
    assert "is finished, not open" in error_of(runs(served, "cancel", run))["message"]


def test_report(served: Path) -> None:
    run = runs(served, "list").document[0]["id"]
    told = runs(served, "report", run).document
    page = Path(told["report"])
    before = page.read_text()
    page.unlink()
    assert runs(served, "report", run).document == told
    assert page.read_text() == before
    page.with_name("report.json").write_text("{")
    page.unlink()
    error_of(runs(served, "report", run))


def test_report_of_a_run_that_has_none(failed: Path, stopped: Path) -> None:
    for workspace, status in ((failed, "failed"), (stopped, "running")):
        error = error_of(runs(workspace, "report", only(workspace)))
        assert f"is {status} and has no report" in error["message"]
        assert "runs show" in error["hint"]


def test_prune_keeps_what_is_needed(served: Path, data: Path) -> None:
    known = runs(served, "list").document
    told = runs(served, "prune").document
    assert told["artifacts"] > 0 and told["bytes"] > 0
    assert runs(served, "prune").document["artifacts"] == 0
    common = ("--workspace", served, "--json")
    assert call("evaluate", "m@2", "--data", data, *common).document["overlap"] == 90
    assert call("models", "export", "m", "--output", served / "x", *common).code == 0
    assert runs(served, "list").document == known
    assert runs(served, "resume", known[0]["id"]).document["version"] == 1


def test_prune_leaves_an_open_run_what_it_has(stopped: Path) -> None:
    runs(stopped, "prune")
    assert runs(stopped, "resume").document["decision"] == "promoted"


def test_bases() -> None:
    told = {line["name"]: line for line in call("bases", "list", "--json").document}
    assert set(told["minilm"]) == {"name", "params", "source", "path", "about"}
    shown = call("bases", "list").out
    assert all(line["about"] in shown for line in told.values())


def test_doctor(trained: Path, tmp_path: Path) -> None:
    told = call("doctor", "--workspace", trained, "--json").document
    checks = {line["check"]: line for line in told["checks"]}
    assert set(checks) >= {"python", "torch", "disk", "workspace"}
    assert "MB" in checks["workspace"]["detail"]
    assert told["ok"] == all(line["ok"] for line in told["checks"])
    fresh = call("doctor", "--workspace", tmp_path / "w", "--json").document
    assert "none yet" in {line["check"]: line for line in fresh["checks"]}["workspace"]["detail"]
    assert not (tmp_path / "w").exists()


def test_doctor_of_a_damaged_workspace(tmp_path: Path) -> None:
    (tmp_path / "pioneer.db").write_text("not a database, but long enough to be read as one")
    told = call("doctor", "--workspace", tmp_path, "--json").document
    assert told["ok"] is False
    (line,) = [line for line in told["checks"] if line["check"] == "workspace"]
    assert not line["ok"]


def test_every_command_prints_one_document(served: Path, data: Path) -> None:
    run = runs(served, "list").document[0]["id"]
    for arguments in (
        ("models", "list"),
        ("models", "show", "m"),
        ("models", "compare", "m@1", "m@2", "--data", data),
        ("models", "promote", "m"),
        ("models", "export", "m", "--output", served / "out"),
        ("models", "delete", "m@2"),
        ("runs", "list"),
        ("runs", "show", run),
        ("runs", "resume", run),
        ("runs", "report", run),
        ("runs", "prune"),
        ("evaluate", "m", "--data", data),
        ("bases", "list"),
        ("doctor",),
    ):
        ended = call(*arguments, "--workspace", served, "--json")
        assert ended.code == 0, ended
        assert isinstance(ended.document, dict | list)
        assert json.loads(ended.out) == ended.document
        assert ended.err == "", arguments


def test_the_python_names_say_the_same(served: Path, data: Path) -> None:
    assert (
        api.list_models(served) == call("models", "list", "--workspace", served, "--json").document
    )
    (answer,) = api.load("m", workspace=served)(["rain"])
    (line,) = call("predict", "m", "--workspace", served, stdin="rain").lines
    assert (answer.output, round(answer.confidence, 6)) == (line["output"], line["confidence"])
