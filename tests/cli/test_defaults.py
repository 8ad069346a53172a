"""Defaults from pioneer.toml in the folder where the command is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import QUICK, TASK, call, error_of


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "pioneer.toml"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("wrkspace = 'w'", "unknown key 'wrkspace'"),
        ("[cold-start]\nsed = 1", "unknown key 'sed' in [cold-start]"),
        ("[coldstart]\nseed = 1", "unknown table [coldstart]"),
        ("[models]\nlist = 3", "[models] list is a command"),
        ("[cold-start]\nseed = 'x'", "Invalid value for '--seed'"),
        ("[cold-start]\nseed = [1]", "'seed' takes a single value"),
        ("[cold-start]\nseed = true", "'seed' takes a single value"),
        ("[cold-start]\ndata = [1]", "'data' takes text or a list of texts"),
        ("json = 'yes'", "'json' takes true or false"),
        ("seed = ", "cannot be read"),
        ("seed = 1\nseed = 2", "cannot be read"),
        (b"name = '\xff'", "cannot be read"),
    ],
)
def test_a_bad_file(here: Path, data: Path, content: str | bytes, message: str) -> None:
    here.write_bytes(content if isinstance(content, bytes) else content.encode())
    error = error_of(call("cold-start", TASK, "--data", data, *QUICK, "--json"))
    assert message in error["message"]
    assert error["file"] == "pioneer.toml"
    assert not (here.parent / ".pioneer").exists()


def test_a_file_that_cannot_be_opened(here: Path) -> None:
    here.mkdir()
    error = error_of(call("models", "list", "--json"))
    assert error["file"] == "pioneer.toml"


def test_what_the_file_sets_is_used_and_the_command_line_wins(here: Path, data: Path) -> None:
    here.write_text(
        f"workspace = 'mine'\nseed = 7\n"
        f"[cold-start]\nbase = 'fake'\ndata = ['{data}']\nmax-trials = 1\nname = 'n'\n"
    )
    ended = call("cold-start", TASK, "--json", "--name", "given")
    assert ended.code == 0, ended.err
    assert (ended.document["model"], len(ended.document["trials"])) == ("given", 1)
    (run,) = call("runs", "list", "--json").document
    told = call("runs", "show", run["id"], "--workspace", here.parent / "mine", "--json").document
    assert (told["arguments"]["seed"], told["arguments"]["bases"]) == (7, ["fake"])


def test_json_may_be_the_default(here: Path, trained: Path) -> None:
    here.write_text(f"json = true\nworkspace = '{trained}'\n[models.list]\njson = false\n")
    assert call("models", "show", "m").document["name"] == "m"
    assert call("models", "list").out.startswith("name")
    error_of(call("models", "show", "nobody"))
