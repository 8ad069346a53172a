"""Rows that triage doubts: they may teach, they never judge, and they tell how often it fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pioneer.curriculum.doubted import is_doubted
from pioneer.diagnosis.records import Decision, Suspicion
from pioneer.diagnosis.triage import triage
from pioneer.records import Example
from tests.loop.cycles import calls, curated, cycle, log, part, records, wanted

DOUBTED = {f"trace 5-{at}" for at in range(0, 450, 6)}


@pytest.fixture
def doubting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Triage doubts these calls, and no others."""

    def said(*told: Any) -> tuple[Suspicion, ...]:
        plain = {"reasons": (), "label": None, "sound": True}
        kept = {**plain, "p_poison": 0.02, "decision": Decision.KEEP}
        asked = {**plain, "p_poison": 0.6, "decision": Decision.ASK, "teaches": True}
        return tuple(
            replace(one, **(asked if one.id in DOUBTED else kept)) for one in triage(*told)
        )

    monkeypatch.setattr("pioneer.loop.traffic.triaged.triage", said)


def rows(workspace: Path, name: str) -> list[Example]:
    """Of the last cycle."""
    return part(workspace, records(workspace)[-1], name)


def judging(workspace: Path) -> set[str]:
    return {row.id for name in ("gate", "ratchet", "sealed") for row in rows(workspace, name)}


@pytest.mark.usefixtures("doubting")
def test_they_teach_and_never_judge(workspace: Path, tmp_path: Path) -> None:
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", calls(workspace, 450))))
    said = curated(outcome)
    learned = rows(workspace, "learned")
    taught = DOUBTED & {row.id for row in learned}
    assert len(taught) >= 0.6 * len(DOUBTED)
    assert taught == {row.id for row in learned if is_doubted(row)}
    assert all(said[name]["decision"] == "ask" and said[name]["learnable"] for name in DOUBTED)
    assert not DOUBTED & judging(workspace)


@pytest.mark.usefixtures("doubting")
def test_what_they_taught_a_version_that_serves_never_judges(
    workspace: Path, tmp_path: Path
) -> None:
    first = log(tmp_path / "first.jsonl", calls(workspace, 450))
    assert cycle(workspace, wanted(first)).decision == "promoted"
    taught = {row.id for row in rows(workspace, "learned")}
    cycle(workspace, wanted(log(tmp_path / "more.jsonl", calls(workspace, 450, seed=6))))
    assert taught & DOUBTED
    assert judging(workspace)
    assert not (taught | DOUBTED) & judging(workspace)


@pytest.mark.usefixtures("doubting")
def test_of_a_small_log_they_teach_and_never_judge(workspace: Path, tmp_path: Path) -> None:
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", calls(workspace, 200))))
    assert "small log" in outcome.reason
    assert DOUBTED & {row.id for row in rows(workspace, "learned")}
    judged = judging(workspace)
    assert judged
    assert not DOUBTED & judged


def test_the_gate_weighs_failures_that_triage_took_from_it(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every two corrections one is doubted as even odds, so it counts for half a failure."""

    def said(task: Any, found: Any, *others: Any) -> tuple[Suspicion, ...]:
        looked = zip(triage(task, found, *others), found, strict=True)
        return tuple(
            replace(one, p_poison=0.5, decision=Decision.ASK, label=None)
            if row.answered != row.right and int(row.id.rsplit("-", 1)[1]) % 2
            else replace(one, p_poison=0.0, decision=Decision.KEEP, label=None)
            for one, row in looked
        )

    monkeypatch.setattr("pioneer.loop.traffic.triaged.triage", said)
    file = log(tmp_path / "log.jsonl", calls(workspace, 900))
    numbers = cycle(workspace, wanted(file)).gate["better"]["numbers"]
    judged = numbers["wrong"] / (numbers["wrong"] + numbers["right"])
    assert numbers["test"] == "weighted z"
    assert judged < numbers["share_wrong"] < 1.5 * judged / (1 + judged / 2)


def test_the_share_that_the_user_names_counts(workspace: Path, tmp_path: Path) -> None:
    file = log(tmp_path / "log.jsonl", calls(workspace, 450))
    outcome = cycle(workspace, wanted(file, failure_share=0.03))
    assert outcome.gate["better"]["numbers"]["share_wrong"] == 0.03


def test_rows_that_nobody_doubts_are_in_proportion(workspace: Path, tmp_path: Path) -> None:
    file = log(tmp_path / "log.jsonl", calls(workspace, 450))
    numbers = cycle(workspace, wanted(file, without=("triage",))).gate["better"]["numbers"]
    assert numbers["test"] == "mid-p"
