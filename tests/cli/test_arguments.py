"""Arguments that cannot be used: exit 1 with the value and the way out, or 2 for wrong usage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from pioneer.cli.main import app
from tests.cli.shell import ERROR_KEYS, QUICK, TASK, call, cold_start, error_of, nothing_registered


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--budget", "-5m"], "a budget is a time above zero such as 90s, 15m or 1h30m"),
        (["--budget", "0"], "a budget must be above zero, but got 0 seconds"),
        (["--budget", "0s"], "above zero"),
        (["--budget", "soon"], "got 'soon'"),
        (["--budget", ""], "got ''"),
        (["--budget", "5 minutes"], "got '5 minutes'"),
        (["--budget", "nan"], "got 'nan'"),
        (["--max-trials", "0"], "--max-trials must be at least 1, but got 0"),
        (["--max-trials", "-3"], "--max-trials must be at least 1, but got -3"),
        (["--max-trials", "many"], "Invalid value for '--max-trials'"),
        (["--max-trials", "1.5"], "Invalid value for '--max-trials'"),
        (["--target", "0"], "--target must be above 0 and at most 1, but got 0"),
        (["--target", "96"], "at most 1, but got 96"),
        (["--target", "nan"], "at most 1, but got nan"),
        (["--target", "high"], "Invalid value for '--target'"),
        (["--seed", "-1"], "--seed must be from 0 to 4294967295, but got -1"),
        (["--seed", str(2**32)], "--seed must be from 0 to 4294967295"),
        (["--seed", "x"], "Invalid value for '--seed'"),
        (["--name", ""], "a model name is 1 to 64"),
        (["--name", "a b"], "got 'a b'"),
        (["--name", "../up"], "got '../up'"),
        (["--name", "a@1"], "got 'a@1'"),
        (["--name", "x" * 65], "a model name is 1 to 64"),
        (["--kind", "regression"], "--kind is one of classification, extraction, generation"),
        (["--data", ""], "--data is empty"),
        (["--data", "hub:"], "is no data set of the hub"),
        (["--data", "hub:a b"], "is no data set of the hub"),
    ],
)
def test_a_bad_value(tmp_path: Path, data: Path, options: list[str], message: str) -> None:
    error = error_of(cold_start(data, tmp_path / "w", *options))
    assert message in error["message"]
    assert not (tmp_path / "w").exists() or options[1].startswith("hub:")


@pytest.mark.parametrize(
    ("options", "message", "way"),
    [
        (["--metric", "bleu"], "unknown metric 'bleu'", "accuracy, macro_f1"),
        (["--metric", ""], "unknown metric ''", "accuracy, macro_f1"),
        (["--metric", "recall:spam"], "there is no label 'spam'", "food, music, weather"),
        (["--kind", "generation"], "no column 'prompt'", "another --kind"),
        (["--base", "minilm"], "base 'fake' cannot be searched together with minilm", "either"),
    ],
)
def test_a_value_that_does_not_fit_the_data(
    tmp_path: Path, data: Path, options: list[str], message: str, way: str
) -> None:
    error = error_of(cold_start(data, tmp_path / "w", *options))
    assert message in error["message"]
    assert way in error["hint"]
    nothing_registered(tmp_path / "w")


def test_a_metric_names_its_label_in_any_spelling(tmp_path: Path, data: Path) -> None:
    ended = cold_start(data, tmp_path / "w", "--metric", "recall:FOOD")
    assert ended.document["scores"]["dev"]["metric"] == "recall:food"


@pytest.mark.parametrize("task", ["", "  \n "])
def test_an_empty_description(tmp_path: Path, data: Path, task: str) -> None:
    error = error_of(cold_start(data, tmp_path / "w", task=task))
    assert error["message"] == "the description is empty"
    assert not (tmp_path / "w").exists()


def test_no_data_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIONEER_CATALOGUE", "")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    common = (*QUICK, "--workspace", tmp_path / "w", "--json")
    error = error_of(call("cold-start", "predict the tides of Neptune", *common))
    assert "the catalogue is empty" in error["message"]
    assert "--data PATH" in error["hint"]
    nothing_registered(tmp_path / "w")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cold-start"], "Missing argument 'DESCRIPTION'"),
        (["cold-start", "a", "b"], "Got unexpected extra argument"),
        (["cold-start", TASK, "--bogus"], "No such option: --bogus"),
        (["cold-start", TASK, "--data"], "Option '--data' requires an argument"),
        (["predict"], "Missing argument 'MODEL'"),
        (["evaluate", "m"], "Missing option '--data'"),
        (["models", "show"], "Missing argument 'MODEL'"),
        (["models", "compare", "m@1"], "Missing argument"),
        (["models", "export", "m"], "Missing option '--output'"),
        (["models", "nope"], "No such command 'nope'"),
        (["runs", "show"], "Missing argument 'RUN'"),
        (["runs", "list", "--verbose"], "No such option: --verbose"),
        (["nope"], "No such command 'nope'"),
        (["--nope"], "No such option: --nope"),
    ],
)
def test_wrong_usage(arguments: list[str], message: str) -> None:
    plain = call(*arguments)
    assert (plain.code, plain.out) == (2, "")
    assert message in plain.last
    words = 2 if arguments[0] in ("models", "runs") else 1
    told = call(*arguments[:words], "--json", *arguments[words:])
    assert told.code == 2
    assert set(told.document["error"]) == ERROR_KEYS
    assert told.document["error"]["type"] == "UsageError"
    assert message in told.document["error"]["message"]


@pytest.mark.parametrize("group", [[], ["models"], ["runs"], ["bases"]])
def test_a_group_alone_shows_its_commands(group: list[str]) -> None:
    ended = call(*group)
    assert (ended.code, ended.out) == (2, "")
    assert "Commands:" in ended.err


def test_help_and_version() -> None:
    assert call("--help").code == 0
    assert call("--version").out.strip().count(".") == 2


def _commands(group: Any, *above: str) -> Iterator[list[str]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, *above, name)
        else:
            yield [*above, name]


@pytest.mark.parametrize("words", list(_commands(get_command(app))), ids=" ".join)
def test_every_command_takes_workspace_and_json(words: list[str]) -> None:
    shown = call(*words, "--help")
    assert shown.code == 0
    assert all(option in shown.out for option in ("--workspace", "--json"))


@pytest.mark.parametrize("model", ["m@x", "m@", "m@-1", "m@1@2"])
def test_a_model_is_a_name_or_a_version(trained: Path, model: str) -> None:
    error = error_of(call("models", "show", model, "--workspace", trained, "--json"))
    assert "a model is NAME or NAME@NUMBER" in error["message"]


@pytest.mark.parametrize(
    "model", ["nobody", "m@3", "m@0", "m@99999999999999999999", "", "M", "m\n"]
)
def test_an_unknown_model(trained: Path, model: str) -> None:
    for arguments in (
        ("models", "show", model),
        ("models", "promote", model),
        ("models", "delete", model),
        ("models", "export", model, "--output", "nowhere"),
        ("predict", model),
        ("evaluate", model, "--data", "nowhere"),
        ("models", "compare", "m@1", model, "--data", "nowhere"),
    ):
        error = error_of(call(*arguments, "--workspace", trained, "--json"))
        assert "there is no model" in error["message"]
        assert "m@1, m@2" in error["message"]


def test_a_workspace_that_is_not_there(tmp_path: Path) -> None:
    for arguments in (
        ("models", "list"),
        ("models", "show", "m"),
        ("models", "rollback", "m"),
        ("predict", "m"),
        ("evaluate", "m", "--data", "x"),
        ("runs", "list"),
        ("runs", "show", "x"),
        ("runs", "resume"),
        ("runs", "cancel", "x"),
        ("runs", "prune"),
    ):
        error = error_of(call(*arguments, "--workspace", tmp_path / "w", "--json"))
        assert error["message"] == f"there is no workspace at {tmp_path / 'w'}"
        assert "--workspace" in error["hint"]
    assert not (tmp_path / "w").exists()


def test_a_home_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = call("models", "list", "--workspace", "~nobody-here/w", "--json")
    assert "there is no workspace at" in error_of(ended)["message"]


def test_a_workspace_that_is_none(tmp_path: Path, data: Path) -> None:
    file = tmp_path / "file"
    file.write_text("hello")
    assert "is a file" in error_of(cold_start(data, file))["message"]
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "pioneer.db").write_text("not a database, but long enough to be read")
    listed = call("models", "list", "--workspace", tmp_path / "foreign", "--json")
    for ended in (cold_start(data, tmp_path / "foreign"), listed):
        error = error_of(ended)
        assert "no database of pioneer" in error["message"]
        assert error["file"] == str(tmp_path / "foreign" / "pioneer.db")
