"""The loop on the fake base: every kind, in seconds; the seams know no family."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pioneer import api
from pioneer.data.rows import Manifest
from pioneer.journal.journal import Journal
from pioneer.records import Trial, dump, load
from pioneer.store.workspace import open_workspace
from tests.loop.helpers import fake_request, folder, run

KINDS = ("classification", "extraction", "generation")


@pytest.mark.parametrize("kind", KINDS)
def test_a_cold_start_ends_with_a_served_version(kind: str, tmp_path: Path) -> None:
    outcome = run(tmp_path / "w", fake_request(folder(tmp_path / "d", kind), kind))
    assert outcome.decision == "promoted"
    assert (outcome.model, outcome.version) == ("m", 1)
    assert outcome.scores["dev"].n >= 15
    assert outcome.scores["test"].n >= 9
    assert len(outcome.trials) == 4
    listed = api.list_models(tmp_path / "w")
    assert [line["promoted"] for line in listed] == [True]
    page = Path(outcome.report).read_text(encoding="utf-8")
    assert "<svg" in page
    assert json.loads((Path(outcome.report).parent / "report.json").read_text())["run"]
    assert (Path(outcome.report).parent / "data-curation.md").read_text()
    answers = api.load("m", workspace=tmp_path / "w")(["a rain cloud in my pocket"])
    assert len(answers) == 1


def test_the_journal_tells_the_trials_in_order_of_proposal(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification")
    outcome = run(tmp_path / "w", fake_request(data, "classification", max_trials=6))
    with open_workspace(tmp_path / "w", write=False) as opened:
        journal = Journal(opened.engine, outcome.run)
        trials = [load(Trial, entry.payload) for entry in journal.entries("trial")]
        names = [entry.name for entry in journal.entries()]
    assert [trial.number for trial in trials] == list(range(6))
    assert len({json.dumps(dump(trial.recipe), sort_keys=True) for trial in trials}) == 6
    assert names.index("unsealed") > max(i for i, name in enumerate(names) if name == "trial")
    assert names.count("unsealed") == 1


def test_sealed_rows_are_in_no_trial_and_groups_stay_together(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification")
    outcome = run(tmp_path / "w", fake_request(data, "classification"))
    with open_workspace(tmp_path / "w", write=False) as opened:
        journal = Journal(opened.engine, outcome.run)
        prepared = next(
            entry.payload["output"]
            for entry in journal.entries("stage finished")
            if entry.payload["stage"] == "prepare"
        )
        read = opened.artifacts.get_json
        train = load(Manifest, read(prepared["train"]))
        test = load(Manifest, read(prepared["test"]))
    assert not {e.id for e in train.entries} & {e.id for e in test.entries}
    assert not {e.group for e in train.entries} & {e.group for e in test.entries}


def test_a_second_start_on_the_same_rows_needs_more_data(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification")
    run(tmp_path / "w", fake_request(data, "classification"))
    again = run(tmp_path / "w", fake_request(data, "classification", seed=1))
    assert again.version == 2
    assert again.decision == "need_more_data"
    with open_workspace(tmp_path / "w", write=False):
        served = [line["version"] for line in api.list_models(tmp_path / "w") if line["promoted"]]
    assert served == [1]
