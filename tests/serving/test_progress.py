"""Whoever waits for many answers is told how far they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pioneer import api
from pioneer.events import Event, Progress
from tests.loop.helpers import fake_request, folder, rows, run


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("served")
    run(root / "w", fake_request(folder(root / "d", "classification"), "classification"))
    return root / "w"


def shares(events: list[Event]) -> list[float]:
    assert all(isinstance(event, Progress) and event.step == "answering" for event in events)
    return [event.share for event in events if isinstance(event, Progress)]


def test_predict_counts_the_lines_of_a_file(workspace: Path, tmp_path: Path) -> None:
    source, events = tmp_path / "in.txt", list[Event]()
    source.write_text("".join(f"text {n}\n" for n in range(1200)), "utf-8")
    api.predict_to_file("m", str(source), tmp_path / "out", workspace, events.append)
    told = shares(events)
    assert told[0] == 0.0 and told[-1] == 1.0 and told == sorted(told)
    assert told[1] == pytest.approx(512 / 1201)
    assert len((tmp_path / "out").read_text("utf-8").splitlines()) == 1200


def test_evaluate_and_compare_go_from_none_to_all(workspace: Path, tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows("classification", 1100)))
    events = list[Event]()
    found = api.evaluate("m", str(data), workspace, listen=events.append)
    assert found["n"] == 1100
    assert shares(events) == pytest.approx([0.0, 512 / 1100, 1024 / 1100, 1.0])
    events.clear()
    api.compare_models("m", "m@1", str(data), workspace, listen=events.append)
    assert shares(events).count(1.0) == 2


def test_export_tells_its_halves(workspace: Path, tmp_path: Path) -> None:
    events = list[Event]()
    api.export_model("m", tmp_path / "e", workspace, form="safetensors", listen=events.append)
    assert [event.share for event in events if isinstance(event, Progress)] == [0.0, 0.5, 1.0]
