"""Whole production cycles: what they decide, and what they leave behind."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pioneer import api
from pioneer.data.rows import Manifest
from pioneer.diagnosis.records import Decision, Suspicion
from pioneer.diagnosis.triage import triage
from pioneer.errors import ArgumentError, DataError, RecipeError, RegistryError
from pioneer.execution.inline import inline_executor
from pioneer.execution.job import Job, JobResult
from pioneer.gates.cut import Part, Place
from pioneer.records import load
from pioneer.registry import versions
from pioneer.registry.audits import Audit
from pioneer.report.cycle import CycleReport
from pioneer.report.write import read_any
from pioneer.store.workspace import open_workspace
from tests.loop.cycles import GOOD, WEAK, calls, cycle, log, part, records, wanted


def served(workspace: Path) -> str:
    return api.load("m", workspace=workspace).version.label


def places(workspace: Path, audit: Audit) -> dict[str, Place]:
    with open_workspace(workspace, write=False) as opened:
        return load(dict[str, Place], opened.artifacts.get_json(audit.places))


def test_a_better_version_is_promoted_with_its_record(workspace: Path, tmp_path: Path) -> None:
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", calls(workspace, 450))))
    assert (outcome.decision, outcome.version, served(workspace)) == ("promoted", 2, "m@2")
    assert outcome.scores["gate"].value > outcome.parent_scores["gate"].value
    assert outcome.flips["fixed"] > 10
    assert outcome.log["traces"]["read"] == 450
    [audit] = records(workspace)
    assert (audit.parent, audit.version, audit.decision) == (1, 2, "promoted")
    assert {"look", "better", "regressions", "best_earlier", "slices", "export"} == {*audit.gate}
    assert audit.leaks["groups that train and judge"] == 0
    report = read_any(Path(outcome.report).with_name("report.json"))
    assert isinstance(report, CycleReport)
    assert (report.decision, report.made, report.served) == ("promoted", "m@2", "m@1")
    page = Path(outcome.report).read_text(encoding="utf-8")
    assert "mid-p" in page
    assert "<svg" in page


def test_no_row_both_trains_and_judges_over_three_cycles(workspace: Path, tmp_path: Path) -> None:
    for seed in (5, 6, 7):
        cycle(workspace, wanted(log(tmp_path / f"{seed}.jsonl", calls(workspace, 420, seed))))
    found = records(workspace)
    learned: set[str] = set()
    for audit in found:
        assert len(audit.opened) >= 100
        judged = {
            row.group
            for name in ("gate", "ratchet", "sealed")
            for row in part(workspace, audit, name)
        }
        assert not judged & {row.group for row in part(workspace, audit, "learned")}
        assert not learned & judged
        learned |= {row.group for row in part(workspace, audit, "learned")}
    order = [Part.SEALED, Part.GATE, Part.RATCHET, Part.TRAIN]
    for earlier, later in itertools.pairwise(found):
        now = places(workspace, later)
        for name, place in places(workspace, earlier).items():
            if name in now:
                assert order.index(now[name].part) >= order.index(place.part)


def test_calls_of_one_conversation_stay_together(workspace: Path, tmp_path: Path) -> None:
    lines = [one | {"parent": f"talk {at // 2}"} for at, one in enumerate(calls(workspace, 800))]
    talk = {f"trace {one['id']}": one["parent"] for one in lines}
    cycle(workspace, wanted(log(tmp_path / "log.jsonl", lines)))
    (audit,) = records(workspace)
    with open_workspace(workspace, write=False) as opened:
        held = {
            part: [
                talk[entry.id]
                for entry in load(Manifest, opened.artifacts.get_json(audit.rows[part])).entries
            ]
            for part in ("gate", "train")
        }
    assert len(set(held["gate"])) == len(held["gate"]) > 20
    assert len(held["train"]) > 1.5 * len(set(held["train"]))
    assert not set(held["gate"]) & set(held["train"])


def test_a_worse_candidate_is_held_and_the_served_version_stays(
    workspace: Path, tmp_path: Path
) -> None:
    file = log(tmp_path / "log.jsonl", calls(workspace, 450))
    outcome = cycle(workspace, wanted(file), WEAK)
    assert (outcome.decision, served(workspace)) == ("hold", "m@1")
    assert "better:" in outcome.reason
    api.promote_model(f"m@{outcome.version}", workspace, force=True, reason="we know better")
    with open_workspace(workspace, write=False) as opened, opened.engine.connect() as connection:
        last = versions.history(connection, "m")[-1]
    assert (last.version, last.how, last.reason) == (outcome.version, "forced", "we know better")


def test_a_dry_run_decides_and_serves_as_before(workspace: Path, tmp_path: Path) -> None:
    file = log(tmp_path / "log.jsonl", calls(workspace, 450))
    outcome = cycle(workspace, wanted(file, dry_run=True))
    assert (outcome.decision, served(workspace)) == ("promoted", "m@1")
    assert outcome.reason.endswith("dry run: the served version stays")


def test_weaknesses_are_probed_and_learned_but_never_judge(workspace: Path, tmp_path: Path) -> None:
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", calls(workspace, 1200))))
    report = read_any(Path(outcome.report).with_name("report.json"))
    assert isinstance(report, CycleReport)
    assert {(one.answered, one.right) for one in report.weaknesses} >= {("music", "food")}
    assert all(one.answered != one.right for one in report.weaknesses)
    [audit] = records(workspace)
    probes = [row for row in part(workspace, audit, "learned") if " probe " in row.id]
    assert report.curriculum["probes"] >= len(probes) > 100
    judging = [row for name in ("gate", "sealed") for row in part(workspace, audit, name)]
    assert not {row.group for row in judging} & {row.group for row in probes}
    assert not [row for row in judging if " probe " in row.id]
    trace = probes[0].id.split(" probe ")[0].removeprefix("trace ")
    of_the_trace = [row for row in probes if row.id.startswith(f"trace {trace} probe ")]
    assert api.forget_trace(trace, workspace)["rows"] == 1 + len(of_the_trace)


def test_the_same_log_again_is_no_new_evidence(workspace: Path, tmp_path: Path) -> None:
    file = log(tmp_path / "log.jsonl", calls(workspace, 450))
    cycle(workspace, wanted(file), WEAK)
    again = cycle(workspace, wanted(file))
    assert (again.decision, again.version) == ("need_more_data", None)
    assert "0 of them new since the last look" in again.reason


def test_old_gate_rows_make_room_for_a_further_look(workspace: Path, tmp_path: Path) -> None:
    """Of the second log's gate rows a quarter are new; the oldest become ratchet rows."""
    cycle(workspace, wanted(log(tmp_path / "first.jsonl", calls(workspace, 900))))
    second = cycle(workspace, wanted(log(tmp_path / "more.jsonl", calls(workspace, 300, seed=6))))
    before, now = records(workspace)
    opened = set(now.opened)
    new = opened - set(before.opened)
    retired = set(before.opened) - opened
    assert second.decision != "need_more_data"
    assert 0.3 * len(opened) <= len(new) < 0.3 * len(opened | retired)
    assert len(opened) >= 160
    assert retired == {row.group for row in part(workspace, now, "ratchet")}
    assert not retired & {row.group for row in part(workspace, now, "learned")}


def test_a_small_log_is_judged_out_of_fold(workspace: Path, tmp_path: Path) -> None:
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", calls(workspace, 150))))
    assert outcome.reason.endswith("the fit that ships was not itself scored")
    assert outcome.recipe_hash == records(workspace)[0].refused[0].recipe_hash
    assert len(outcome.trials) == 1


def test_a_tiny_log_asks_for_more(workspace: Path, tmp_path: Path) -> None:
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", calls(workspace, 30))))
    assert (outcome.decision, outcome.version) == ("need_more_data", None)
    assert "more judged rows give an 80 % chance" in outcome.reason


def test_no_failure_is_nothing_to_repair(workspace: Path, tmp_path: Path) -> None:
    right = [one for one in calls(workspace, 450) if one["output"] == one["expected"]]
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", right)))
    assert outcome.decision == "hold"
    assert outcome.reason.startswith("nothing to repair")


def test_nothing_judged_asks_for_review(workspace: Path, tmp_path: Path) -> None:
    mute = calls(workspace, 20, spoil=lambda _at, _label: None)
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", mute)))
    assert outcome.decision == "need_more_data"
    assert "none of 20 traces has a verdict" in outcome.reason


def test_failures_only_are_held_against_the_parents_own_rows(
    workspace: Path, tmp_path: Path
) -> None:
    wrong = [one for one in calls(workspace, 900) if one["output"] != one["expected"]]
    done: list[Job] = []

    def noting(jobs: Sequence[Job], progress: Callable[[str, float], None]) -> Iterator[JobResult]:
        done.extend(jobs)
        return inline_executor(jobs, progress)

    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", wrong)), executor=noting)
    knowing = [job for job in done if job.parent is not None]
    blind = [job for job in done if job.fold is not None and job.parent is None]
    assert knowing and blind, "on rows that the served version learned from, nobody may ask it"
    assert outcome.parent_scores["gate"].value == 0.0
    assert outcome.gate["better"]["numbers"]["test"] == "weighted z"
    assert outcome.gate["better"]["numbers"]["right"] > 0
    assert outcome.gate["regressions"]["numbers"]["right"] > 0


def test_a_meaning_that_changed_is_asked_about(workspace: Path, tmp_path: Path) -> None:
    """What the served version answers as food is corrected to music throughout."""
    swap = {"food": "music"}
    lines = calls(workspace, 450, spoil=lambda _at, label: swap.get(label, label))
    doubtful = {f"trace {one['id']}" for one in lines if one["output"] == "food"}
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", lines)))
    [asked] = outcome.log["contested"]
    assert (asked["answered"], asked["corrected"]) == ("food", "music")
    assert asked["groups"] >= 5
    for name in ("train", "gate"):
        rows = part(workspace, records(workspace)[0], name)
        corrected = {row.id for row in rows if row.target == "music"}
        assert not corrected & doubtful
    report = read_any(Path(outcome.report).with_name("report.json"))
    assert isinstance(report, CycleReport)
    assert report.asked[0].answered == "food"
    assert f"pioneer traces review {outcome.model}" in Path(outcome.report).read_text("utf-8")


def test_what_a_human_settles_is_learned(workspace: Path, tmp_path: Path) -> None:
    """Review asks about the contested rows first; once answered, they count."""
    lines = calls(workspace, 450, spoil=lambda _at, label: "music" if label == "food" else label)
    cycle(workspace, wanted(log(tmp_path / "log.jsonl", lines)))
    before = records(workspace)[0]
    asked = api.review_traces("m", workspace, limit=400)["questions"]
    first_asked = [one["id"] for one in asked if "could not settle" in one["why"]]
    assert len(first_asked) >= 5
    assert first_asked == [one["id"] for one in asked[: len(first_asked)]]
    answered = [f"{name}=music" for name in first_asked]
    api.answer_traces("m", workspace, answered)
    again = api.review_traces("m", workspace, limit=400)["questions"]
    assert not {one["id"] for one in again} & set(first_asked)
    outcome = cycle(workspace, wanted(log(tmp_path / "more.jsonl", calls(workspace, 300, 6))))
    learned = {row.id for row in part(workspace, records(workspace)[1], "train")}
    judged = {row.id for row in part(workspace, records(workspace)[1], "gate")}
    settled = {f"trace {name}" for name in first_asked}
    assert not settled & {row.id for row in part(workspace, before, "train")}
    assert len(settled & (learned | judged)) >= 0.9 * len(settled)
    assert outcome.log["triage"]["keep"] >= len(settled)


def test_a_new_label_is_a_proposal(workspace: Path, tmp_path: Path) -> None:
    lines = calls(workspace, 450, spoil=lambda at, label: "sport" if at % 9 == 0 else label)
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", lines)))
    assert outcome.log["new_labels"] == {"sport": 50}
    assert "sport" not in outcome.task.labels
    assert all(row.target != "sport" for row in part(workspace, records(workspace)[0], "train"))


def test_learned_rows_are_traceable_and_can_be_forgotten(workspace: Path, tmp_path: Path) -> None:
    cycle(workspace, wanted(log(tmp_path / "log.jsonl", calls(workspace, 450))))
    row = next(
        one for one in part(workspace, records(workspace)[0], "learned") if "trace " in one.id
    )
    trace = row.id.removeprefix("trace ")
    assert row.provenance.startswith(f"trace:{trace} ")
    told = api.forget_trace(trace, workspace)
    assert told["marked"] == ["m@2"]
    assert told["rows"] >= 1


def test_a_proposed_label_is_asked_about_and_never_learned(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def proposing(*given: Any) -> tuple[Suspicion, ...]:
        other = {"decision": Decision.RELABEL, "label": "music", "sound": False}
        return tuple(
            replace(one, **other) if one.id == "trace 5-1" else one for one in triage(*given)
        )

    monkeypatch.setattr("pioneer.loop.traffic.triaged.triage", proposing)
    cycle(workspace, wanted(log(tmp_path / "log.jsonl", calls(workspace, 450))))
    (audit,) = records(workspace)
    for name in ("train", "learned", "gate", "sealed"):
        assert "trace 5-1" not in {one.id for one in part(workspace, audit, name)}
    asked = api.review_traces("m", workspace, limit=400)["questions"]
    assert "5-1" in {one["id"] for one in asked}


def test_equal_runs_decide_equally(workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(workspace, tmp_path / "other")
    lines = calls(workspace, 450)
    one, two = (
        cycle(place, wanted(log(tmp_path / "log.jsonl", lines)))
        for place in (workspace, tmp_path / "other")
    )
    assert (one.decision, one.recipe_hash, one.data_hash, one.scores, one.gate) == (
        two.decision,
        two.recipe_hash,
        two.data_hash,
        two.scores,
        two.gate,
    )


def retried(lines: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """Nine in ten calls are retries of one in ten."""
    found = list(lines)
    rng = random.Random(0)
    storm = [rng.choice(found[: len(found) // 10]) for _ in range(9 * len(found))]
    return found + [{**one, "id": f"retry {at}"} for at, one in enumerate(storm)]


def test_a_retry_storm_has_no_more_votes_than_its_texts(workspace: Path, tmp_path: Path) -> None:
    lines = retried(calls(workspace, 150))
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", lines)))
    assert outcome.log["traces"]["read"] == 1500
    assert outcome.log["parts"]["train"] <= 150


def test_what_cannot_be_improved_is_refused_in_a_line(workspace: Path, tmp_path: Path) -> None:
    file = log(tmp_path / "log.jsonl", calls(workspace, 450))
    with pytest.raises(RegistryError, match="'n'"):
        cycle(workspace, api.improvement("n", traces=file, max_trials=1))
    with pytest.raises(DataError, match="there is no trace of m"):
        cycle(workspace, wanted())
    with pytest.raises(ArgumentError, match="--failure-share must be between 0 and 1"):
        wanted(file, failure_share=1.5)
    with pytest.raises(ArgumentError, match="the regression limit"):
        wanted(file, regression_limit="many")
    with pytest.raises(RecipeError, match=r"--strategy takes table\.v1"):
        cycle(workspace, wanted(file, strategies=["lora.v9"]))
    assert served(workspace) == "m@1"


def test_a_version_that_does_not_serve_is_not_improved(workspace: Path, tmp_path: Path) -> None:
    file = log(tmp_path / "log.jsonl", calls(workspace, 450))
    cycle(workspace, wanted(file), WEAK)
    with pytest.raises(ArgumentError, match="m@2 is not served; m@1 is"):
        cycle(workspace, api.improvement("m@2", traces=file, max_trials=1), GOOD)


def test_the_curation_file_tells_of_every_row(workspace: Path, tmp_path: Path) -> None:
    outcome = cycle(workspace, wanted(log(tmp_path / "log.jsonl", calls(workspace, 450))))
    file = Path(outcome.report).with_name("data-curation.jsonl")
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 450
    assert {line["decision"] for line in lines} <= {"keep", "relabel", "drop", "ask"}
