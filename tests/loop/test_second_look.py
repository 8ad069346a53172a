"""Rows that triage doubts, seen again by a fit that learned from the others."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pioneer.data.rows import Manifest
from pioneer.diagnosis.records import Decision, Suspicion
from pioneer.diagnosis.triage import triage
from pioneer.families.fakes import fake_probe
from pioneer.journal.journal import Journal
from pioneer.loop.outcome import Improved
from pioneer.loop.traffic.parts import Parts
from pioneer.records import load
from pioneer.store.workspace import open_workspace
from tests.loop.cycles import calls, cycle, log, records, wanted
from tests.loop.helpers import TOPICS

DOUBTED = {f"trace 5-{at}" for at in range(0, 450, 10)}
SPOILT = {f"trace 5-{at}" for at in range(0, 450, 30)}


def spoil(at: int, label: str) -> str:
    """What the log says: of every third doubted call another topic."""
    if f"trace 5-{at}" not in SPOILT:
        return label
    topics = sorted(TOPICS)
    return topics[(topics.index(label) + 1) % len(topics)]


@pytest.fixture(autouse=True)
def able(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the fake space drafts first knows half of what it was taught; this fit knows all."""
    monkeypatch.setattr("pioneer.loop.traffic.second_look._recipe", lambda *_: fake_probe())


@pytest.fixture
def doubting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Triage doubts these calls, right and wrong ones, and no others."""

    def said(*given: Any) -> tuple[Suspicion, ...]:
        plain = {"reasons": (), "label": None, "sound": True}
        return tuple(
            replace(one, decision=Decision.ASK if one.id in DOUBTED else Decision.KEEP, **plain)
            for one in triage(*given)
        )

    monkeypatch.setattr("pioneer.loop.traffic.triaged.triage", said)


def curated(outcome: Improved) -> dict[str, dict[str, Any]]:
    file = Path(outcome.report).with_name("data-curation.jsonl")
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return {line["id"]: line for line in lines}


def entries(workspace: Path, name: str) -> set[str]:
    (audit,) = records(workspace)
    with open_workspace(workspace, write=False) as opened:
        manifest = load(Manifest, opened.artifacts.get_json(audit.rows[name]))
    return {entry.id for entry in manifest.entries}


def stages(workspace: Path) -> list[tuple[str, Any]]:
    """Of the only run, with what came of them."""
    (audit,) = records(workspace)
    with open_workspace(workspace, write=False) as opened:
        found = Journal(opened.engine, audit.run).entries("stage finished")
        return [(entry.payload["stage"], entry.payload["output"]) for entry in found]


@pytest.mark.usefixtures("doubting")
def test_doubted_rows_teach_where_a_fit_gives_them_their_label(
    workspace: Path, tmp_path: Path
) -> None:
    lines = log(tmp_path / "log.jsonl", calls(workspace, 450, spoil=spoil))
    said = curated(cycle(workspace, wanted(lines)))
    taught = {name for name in DOUBTED if said[name]["learnable"]}
    assert len(taught - SPOILT) >= 0.8 * len(DOUBTED - SPOILT)
    assert len(taught & SPOILT) <= 0.2 * len(SPOILT)
    assert all(said[name]["decision"] == "ask" for name in DOUBTED)
    assert all("a fit that did not see the row" in said[name]["reasons"][-1] for name in taught)
    assert taught <= entries(workspace, "learned")
    for part in ("gate", "sealed"):
        assert not DOUBTED & entries(workspace, part)


def test_what_triage_would_put_right_is_learned_only_as_it_was_logged(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"decision": Decision.RELABEL, "label": "another", "sound": True}

    def proposing(*given: Any) -> tuple[Suspicion, ...]:
        return tuple(replace(one, **other) if one.id in DOUBTED else one for one in triage(*given))

    monkeypatch.setattr("pioneer.loop.traffic.triaged.triage", proposing)
    lines = log(tmp_path / "log.jsonl", calls(workspace, 450, spoil=spoil))
    said = curated(cycle(workspace, wanted(lines)))
    told = {
        (said[name]["decision"], said[name]["label"], said[name]["learnable"]) for name in DOUBTED
    }
    assert told == {("ask", None, True), ("relabel", "another", False)}


def test_without_triage_nobody_looks_again(workspace: Path, tmp_path: Path) -> None:
    lines = log(tmp_path / "log.jsonl", calls(workspace, 450, spoil=spoil))
    said = curated(cycle(workspace, wanted(lines, without=("triage",))))
    assert {line["decision"] for line in said.values()} == {"keep"}
    assert "second look" not in {name for name, _ in stages(workspace)}


@pytest.mark.usefixtures("doubting")
def test_a_look_that_fails_changes_nothing(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(fake_probe(), base="nowhere")
    monkeypatch.setattr("pioneer.loop.traffic.second_look._recipe", lambda *_: broken)
    lines = log(tmp_path / "log.jsonl", calls(workspace, 450, spoil=spoil))
    said = curated(cycle(workspace, wanted(lines)))
    assert not any(said[name]["learnable"] for name in DOUBTED)
    assert "cut anew" not in {name for name, _ in stages(workspace)}


@pytest.mark.usefixtures("doubting")
def test_the_second_look_moves_no_group(workspace: Path, tmp_path: Path) -> None:
    """Cutting anew starts from where the groups were before the cycle: what is sealed stays so."""
    cycle(workspace, wanted(log(tmp_path / "log.jsonl", calls(workspace, 1500, spoil=spoil))))
    first, anew = [
        load(Parts, output) for name, output in stages(workspace) if name in ("cut", "cut anew")
    ]
    assert first.train != anew.train
    assert (first.places, first.gate, first.ratchet) == (anew.places, anew.gate, anew.ratchet)
    assert first.sealed == anew.sealed
    assert entries(workspace, "sealed")
