"""What ships: the winner, refitted if the refit answers alike, with a threshold if one was asked
for; and what comes of a second cold start under a name."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from pioneer import api
from pioneer.data.rows import Manifest
from pioneer.evaluation.paired import compare
from pioneer.execution.job import Scored
from pioneer.loop.outcome import Outcome
from pioneer.loop.settle import AGREEMENT
from pioneer.records import load
from pioneer.store.workspace import open_workspace
from tests.loop.helpers import (
    DESCRIPTIONS,
    FILLERS,
    TOPICS,
    Listed,
    fake_request,
    folder,
    lived,
    rows,
    run,
    table,
    written,
)

GOOD = Listed((table(),))
WEAK = Listed((table(coverage=0.25, fallback="frequent"),))
NONE_OF_THEM = "classify short texts by topic, or none of them"


def guesses(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Rows whose label nothing in the text tells."""
    rng = random.Random(f"guess {seed}")
    return [
        {**row, "label": rng.choice(sorted(TOPICS))} for row in rows("classification", count, seed)
    ]


def strangers(count: int, label: str = "oos") -> list[dict[str, Any]]:
    rng = random.Random("strangers")
    return [
        {"text": " ".join(rng.sample(FILLERS, 8)) + f" no {n}", "label": label}
        for n in range(count)
    ]


def report_of(outcome: Outcome) -> Any:
    return json.loads((Path(outcome.report).parent / "report.json").read_text(encoding="utf-8"))


def shipped_rows(workspace: Path, model: str = "m") -> int:
    digest = api.show_model(model, workspace)["card"]["manifest"]
    with open_workspace(workspace, write=False) as opened:
        return len(load(Manifest, opened.artifacts.get_json(digest)).entries)


def test_the_refit_ships_where_it_answers_alike(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification", count=240)
    seen = lived(tmp_path / "w", fake_request(data, "classification", max_trials=1), WEAK)
    refit = report_of(seen.outcome)["refit"]
    assert refit["agreement"] >= AGREEMENT
    assert shipped_rows(tmp_path / "w") == seen.prepared.rows_all == refit["rows"] == 240


def test_the_scored_model_ships_where_the_refit_answers_otherwise(tmp_path: Path) -> None:
    """Labels that are guesses: each row learned changes the answers near it."""
    data = written(tmp_path / "d", {"all": guesses(240)})
    seen = lived(tmp_path / "w", fake_request(data, "classification", max_trials=1), GOOD)
    refit = report_of(seen.outcome)["refit"]
    assert refit["agreement"] < AGREEMENT
    assert "the model that was scored ships" in refit["note"]
    assert shipped_rows(tmp_path / "w") == seen.prepared.rows_train < 240


def test_the_refit_is_asked_inputs_that_no_model_learned(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification", count=240)
    seen = lived(tmp_path / "w", fake_request(data, "classification", max_trials=1), GOOD)
    asking = [job for job in seen.jobs if job.vary]
    assert len(asking) == 2
    assert len({job.ask for job in asking}) == 1
    assert all(job.keep for job in asking)


def test_without_anything_to_refit_on_the_scored_model_is_the_one_that_ships(
    tmp_path: Path,
) -> None:
    """Few rows and a shipped test: the final fit has learned all there is."""
    few, test = rows("classification", 60), rows("classification", 30, seed=3)
    data = written(tmp_path / "d", {"train": few, "test": test})
    seen = lived(tmp_path / "w", fake_request(data, "classification", max_trials=1), GOOD)
    assert report_of(seen.outcome)["refit"] is None
    assert shipped_rows(tmp_path / "w") == 60
    assert len([job for job in seen.jobs if job.keep]) == 1


@pytest.mark.parametrize(
    ("description", "extra", "asked"),
    [
        (DESCRIPTIONS["classification"], strangers(60), False),
        (NONE_OF_THEM, strangers(60), True),
        (NONE_OF_THEM, [], True),
        (DESCRIPTIONS["classification"], [], False),
    ],
    ids=["label", "label and sentence", "sentence", "neither"],
)
def test_a_threshold_is_set_only_where_silence_was_asked_for(
    description: str, extra: list[dict[str, Any]], asked: bool, tmp_path: Path
) -> None:
    data = written(tmp_path / "d", {"all": rows("classification", 180) + guesses(60, 4) + extra})
    wanted = api.request(
        description, data=str(data), kind="classification", base="fake", max_trials=1, name="m"
    )
    outcome = run(tmp_path / "w", wanted, GOOD)
    assert outcome.task.abstain == asked
    assert outcome.task.out_of_scope == ("oos" if extra else None)
    threshold = api.show_model("m", tmp_path / "w")["card"]["serving"]["threshold"]
    assert (threshold > 0) <= asked
    report = report_of(outcome)["test"]["abstention"]
    assert (report is not None) == (threshold > 0)
    texts = [str(row["text"]) for row in rows("classification", 60, seed=7) + strangers(60)]
    answers = api.load("m", workspace=tmp_path / "w")(texts)
    assert all((said.output is None) == (said.confidence < threshold) for said in answers)


def test_an_explicit_answer_of_none_is_as_good_as_silence(tmp_path: Path) -> None:
    """Rows that are out of scope and are called so must not raise the threshold: that would
    silence right answers about as sure as they are."""
    data = written(tmp_path / "d", {"all": rows("classification", 240) + strangers(120)})
    wanted = api.request(
        NONE_OF_THEM, data=str(data), kind="classification", base="fake", max_trials=1, name="m"
    )
    run(tmp_path / "w", wanted, GOOD)
    fresh = rows("classification", 90, seed=7)
    answers = api.load("m", workspace=tmp_path / "w")([str(row["text"]) for row in fresh])
    right = sum(said.output == row["label"] for said, row in zip(answers, fresh, strict=True))
    silent = sum(said.output is None for said in answers)
    assert right > 3 * silent


def second(workspace: Path, data: Path, strategist: Listed, **options: Any) -> Outcome:
    wanted = fake_request(data, "classification", max_trials=1, **options)
    return run(workspace, wanted, strategist)


@pytest.mark.parametrize(
    ("first", "then", "decision", "served"),
    [(WEAK, GOOD, "promoted", 2), (GOOD, WEAK, "hold", 1), (WEAK, WEAK, "hold", 1)],
    ids=["better", "worse", "equal"],
)
def test_a_second_cold_start_is_gated_on_rows_new_to_the_first(
    first: Listed, then: Listed, decision: str, served: int, tmp_path: Path
) -> None:
    workspace = tmp_path / "w"
    second(workspace, folder(tmp_path / "1", "classification", count=150), first)
    data = folder(tmp_path / "2", "classification", count=147, seed=2)
    outcome = second(workspace, data, then)
    assert (outcome.version, outcome.decision) == (2, decision)
    assert api.show_model("m", workspace)["version"] == served
    gate = outcome.gate
    assert gate["rows"] >= 100
    assert (gate["mid_p"] <= gate["limit"]) >= (decision == "promoted")
    gained = (gate["wrong_to_right"] - gate["right_to_wrong"]) / gate["rows"]
    assert gate["difference"] == pytest.approx(gained)
    assert outcome.parent_scores["dev"].n == gate["rows"]
    assert str(gate["wrong_to_right"]) in outcome.reason


def test_the_gate_leaves_out_rows_that_the_served_version_learned(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    old, new = rows("classification", 150), rows("classification", 120, seed=2)
    second(workspace, written(tmp_path / "1", {"all": old}), WEAK)
    parts = {"train": rows("classification", 60, seed=3), "validation": old[:45] + new}
    wanted = fake_request(written(tmp_path / "2", parts), "classification", max_trials=1)
    seen = lived(workspace, wanted, GOOD)
    judged = next(job for job in seen.jobs if job.checkpoint and job.score == job.train)
    assert {row.input for row in seen.rows[judged.train]} == {str(row["text"]) for row in new}
    assert seen.outcome.gate["rows"] == len(new)
    assert seen.outcome.scores["dev"].n == 165


def test_a_version_of_another_kind_is_not_overtaken(tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    second(workspace, folder(tmp_path / "1", "classification"), GOOD)
    wanted = fake_request(folder(tmp_path / "2", "generation", count=150), "generation")
    outcome = run(workspace, wanted)
    assert (outcome.version, outcome.decision) == (2, "hold")
    assert "m@1 is of another kind" in outcome.reason
    assert api.show_model("m", workspace)["version"] == 1


def test_other_names_are_not_gated(tmp_path: Path) -> None:
    data = folder(tmp_path / "1", "classification")
    second(tmp_path / "w", data, GOOD)
    outcome = second(tmp_path / "w", data, WEAK, name="other")
    assert (outcome.version, outcome.decision) == (1, "promoted")


def test_scores_are_those_of_the_stored_rows(tmp_path: Path) -> None:
    """The score that is printed is the aggregate of the row stats that are kept."""
    data = folder(tmp_path / "d", "classification", count=180)
    seen = lived(tmp_path / "w", fake_request(data, "classification", max_trials=2))
    best = max(seen.outcome.trials, key=lambda trial: float(trial["score"]))
    trials = [entry.payload for entry in seen.entries if entry.name == "trial"]
    digests = {trial["number"]: trial["stats"] for trial in trials}
    with open_workspace(tmp_path / "w", write=False) as opened:
        stats = {
            number: load(Scored, opened.artifacts.get_json(digest)).stats
            for number, digest in digests.items()
        }
    for trial in seen.outcome.trials:
        mine = stats[trial["number"]]
        assert trial["score"] == pytest.approx(sum(stat.score for stat in mine) / len(mine))
    assert seen.outcome.scores["dev"].value == best["score"]
    assert compare(stats[0], stats[1]).n == len(stats[0])
