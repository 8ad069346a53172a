"""`pioneer models`: what is there, what is served, and every refusal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Ended, call, error_of

FORCED = ("--force", "--reason", "we need it")


def models(workspace: Path, *arguments: object) -> Ended:
    return call("models", *arguments, "--workspace", workspace, "--json")


def served_version(workspace: Path) -> int:
    (version,) = [
        line["version"] for line in models(workspace, "list").document if line["promoted"]
    ]
    return int(version)


def test_the_list(trained: Path) -> None:
    told = models(trained, "list").document
    keys = {"name", "version", "promoted", "metric", "value", "created", "size"}
    assert [set(line) for line in told] == [keys, keys]
    assert [(line["name"], line["version"], line["promoted"]) for line in told] == [
        ("m", 1, True),
        ("m", 2, False),
    ]
    assert all(line["size"] > 0 and line["metric"] == "accuracy" for line in told)


def test_the_list_for_a_person_cuts_nothing(trained: Path) -> None:
    lines = call("models", "list", "--workspace", trained).out.splitlines()
    assert lines[0].split() == ["name", "version", "promoted", "metric", "value", "created", "size"]
    assert [line.split()[:3] for line in lines[1:]] == [["m", "1", "yes"], ["m", "2", "no"]]


def test_show(trained: Path) -> None:
    told = models(trained, "show", "m").document
    assert (told["name"], told["version"], told["promoted"]) == ("m", 1, True)
    assert told["card"]["recipe"]["base"] == "fake"
    assert [line["how"] for line in told["promotions"]] == ["first"]
    assert models(trained, "show", "m@2").document["promoted"] is False
    shown = call("models", "show", "m@2", "--workspace", trained).out
    assert "need_more_data" in shown


def test_promote_needs_force_and_a_reason_against_the_gate(served: Path) -> None:
    for options in ((), ("--force",), ("--force", "--reason", "  "), ("--reason", "please")):
        error = error_of(models(served, "promote", "m@2", *options))
        assert "the gate did not promote m@2" in error["message"]
        assert "--force --reason TEXT" in error["hint"]
    assert served_version(served) == 1
    told = models(served, "promote", "m@2", *FORCED).document
    assert told == {"name": "m", "version": 2, "promoted": True}
    assert served_version(served) == 2
    last = models(served, "show", "m").document["promotions"][-1]
    assert (last["how"], last["reason"]) == ("forced", "we need it")


def test_rollback_goes_back_and_then_no_further(served: Path) -> None:
    error = error_of(models(served, "rollback", "m"))
    assert "models promote" in error["hint"]
    models(served, "promote", "m@2", *FORCED)
    told = models(served, "rollback", "m", "--reason", "it was worse").document
    assert told == {"name": "m", "version": 1, "promoted": True}
    assert models(served, "show", "m").document["promotions"][-1]["reason"] == "it was worse"
    error_of(models(served, "rollback", "m"))
    assert served_version(served) == 1


def test_delete(served: Path, data: Path) -> None:
    for model in ("m", "m@1"):
        error = error_of(models(served, "delete", model))
        assert error["message"] == "m@1 is being served"
        assert "promote another" in error["hint"]
    told = models(served, "delete", "m@2").document
    assert told["bytes"] > 0
    assert models(served, "delete", "m@2").document["bytes"] == 0
    assert models(served, "show", "m@2").document["size"] == 0
    common = ("--workspace", served, "--json")
    for refused in (
        models(served, "promote", "m@2", *FORCED),
        models(served, "export", "m@2", "--output", served / "x"),
        models(served, "compare", "m@1", "m@2", "--data", data),
        call("predict", "m@2", *common),
        call("evaluate", "m@2", "--data", data, *common),
    ):
        assert "the weights of m@2 were deleted" in error_of(refused)["message"]
    assert served_version(served) == 1
    assert call("predict", "m", *common, stdin="rain\n").code == 0


def test_export(served: Path, tmp_path: Path) -> None:
    place = tmp_path / "shipped" / "m"
    told = models(served, "export", "m", "--output", place).document
    assert (told["model"], told["format"], told["agreement"]) == ("m@1", "safetensors", 1.0)
    assert told["path"] == str(place)
    card: dict[str, Any] = json.loads((place / "pioneer.json").read_text())
    assert card["model"] == "m@1"
    assert (place / "README.md").read_text()
    assert [path.name for path in place.parent.iterdir()] == ["m"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--output", "there"), "there exists already"),
        (("--output", "new", "--format", "onnx"), "has no 'onnx' form"),
        (("--output", "new", "--format", "pickle"), "has no 'pickle' form"),
        (("--output", "file/new"), "cannot use"),
    ],
)
def test_export_is_refused(
    served: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "e" / "there").mkdir(parents=True)
    (tmp_path / "e" / "file").write_text("x")
    monkeypatch.chdir(tmp_path / "e")
    error = error_of(models(served, "export", "m", *options))
    assert message in error["message"]
    assert sorted(path.name for path in (tmp_path / "e").iterdir()) == ["file", "there"]


def test_damaged_weights_are_not_used(served: Path) -> None:
    weights = next(path for path in (served / "artifacts").glob("??/*/table.json"))
    for path in (served / "artifacts").glob("??/*/table.json"):
        path.write_text(weights.read_text() + " ")
    error = error_of(call("predict", "m", "--workspace", served, "--json", stdin="rain\n"))
    assert "damaged" in error["message"]
    assert error["hint"]
