"""Rows that triage doubts, seen again by a fit that learned from the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pioneer.diagnosis.records import Decision, Suspicion
from pioneer.diagnosis.triage import triage
from pioneer.families.fakes import fake_probe
from pioneer.journal.journal import Journal
from pioneer.loop.traffic.parts import Parts
from pioneer.loop.traffic.second_look import right
from pioneer.records import Prediction, load
from pioneer.store.workspace import open_workspace
from tests.loop.cycles import calls, curated, cycle, log, part, records, wanted
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

    def said(*told: Any) -> tuple[Suspicion, ...]:
        plain = {"reasons": (), "label": None, "sound": True, "teaches": False}
        kept = {**plain, "p_poison": 0.02, "decision": Decision.KEEP}
        asked = {**plain, "p_poison": 0.8, "decision": Decision.ASK}
        return tuple(
            replace(one, **(asked if one.id in DOUBTED else kept)) for one in triage(*told)
        )

    monkeypatch.setattr("pioneer.loop.traffic.triaged.triage", said)


def entries(workspace: Path, name: str) -> set[str]:
    (audit,) = records(workspace)
    return {row.id for row in part(workspace, audit, name)}


def stages(workspace: Path) -> list[tuple[str, Any]]:
    """Of the only run, with what came of them."""
    (audit,) = records(workspace)
    with open_workspace(workspace, write=False) as opened:
        found = Journal(opened.engine, audit.run).entries("stage finished")
        return [(entry.payload["stage"], entry.payload["output"]) for entry in found]


@pytest.mark.usefixtures("doubting")
def test_doubted_rows_teach_where_a_fit_finds_their_label_likely(
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
    for name in ("gate", "sealed"):
        assert not DOUBTED & entries(workspace, name)


@given(own=some.floats(0, 1), share=some.floats(0.01, 0.99), labels=some.integers(2, 200))
def test_a_label_is_as_surely_right_as_the_fit_and_the_log_say(
    own: float, share: float, labels: int
) -> None:
    answer = Prediction("a", 1.0, (("a", 1 - own), ("b", own)))
    found = right(answer, "b", share, labels)
    assert 0 <= found <= 1
    assert right(answer, "c", share, labels) == 0
    assert found >= right(answer, "b", min(0.99, share + 0.01), labels) - 1e-9
    assert right(answer, "b", share, labels + 1) >= found - 1e-9
    likelier = Prediction("a", 1.0, (("b", min(1.0, own + 0.01)),))
    assert right(likelier, "b", share, labels) >= found - 1e-9


def test_by_bayes() -> None:
    """One in ten of the corrections is wrong, each of 30 labels as likely: an answer's 5 % is far
    more than that of any wrong one."""
    answer = Prediction("a", 0.95, (("a", 0.95), ("b", 0.05)))
    assert right(answer, "b", 0.1, 30) == pytest.approx(0.045 / (0.045 + 0.095 / 29))
    assert right(replace(answer, ranked=(("a", 0.99), ("b", 0.01))), "b", 0.001, 150) == 0
    assert right(answer, "b", 0.1, 2) == pytest.approx(0.045 / (0.045 + 0.095))


def test_what_three_voices_would_put_right_is_not_looked_at(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"decision": Decision.RELABEL, "label": "another", "sound": True}

    def proposing(*told: Any) -> tuple[Suspicion, ...]:
        return tuple(replace(one, **other) if one.id in DOUBTED else one for one in triage(*told))

    monkeypatch.setattr("pioneer.loop.traffic.triaged.triage", proposing)
    lines = log(tmp_path / "log.jsonl", calls(workspace, 450, spoil=spoil))
    said = curated(cycle(workspace, wanted(lines)))
    shown = {
        tuple(said[name][key] for key in ("decision", "label", "learnable")) for name in DOUBTED
    }
    assert shown == {("relabel", "another", False)}


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
    assert "second look" in {name for name, _ in stages(workspace)}
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
