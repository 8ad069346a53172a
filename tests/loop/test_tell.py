"""What the report of a run says is what the run did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pioneer import corpus
from pioneer.data.acquire import Wanted, acquire, locate
from pioneer.loop.outcome import Outcome
from pioneer.report.record import RunReport
from pioneer.report.write import read_report
from tests.loop.helpers import fake_request, folder, run


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    root = tmp_path_factory.mktemp("told")
    data = folder(root / "d", "classification")
    (data / "card.md").write_text("# Topics\n\n## Licence\n\nCC0-1.0. Stated by us.\n")
    return run(root / "w", fake_request(data, "classification"))


@pytest.fixture(scope="module")
def told(outcome: Outcome) -> RunReport:
    return read_report(Path(outcome.report).with_name("report.json"))


def test_the_stages_make_the_whole(told: RunReport) -> None:
    names = [stage.name for stage in told.cost.stages]
    assert "round 0: trials 0, 1" in names and "round 1: trials 2, 3" in names
    assert sum(stage.seconds for stage in told.cost.stages) <= told.cost.seconds
    assert sorted(told.search.finished_at) == [0, 1, 2, 3]


def test_labels_have_intervals(told: RunReport) -> None:
    assert told.test is not None
    assert all(label.f1_ci95 and label.recall_ci95 for label in told.test.labels if label.n)


def test_a_first_version_cannot_be_rolled_back(told: RunReport) -> None:
    assert told.comparison is None
    assert not [step for step in told.next_steps if "rollback" in step.command]


def test_the_source_is_told_with_its_licence(told: RunReport) -> None:
    [source] = told.data.sources
    assert (source.origin, source.licence) == ("given", "CC0-1.0")


def test_the_corpus_that_comes_along_is_called_so() -> None:
    found = acquire(locate(Wanted("x", (str(corpus.path() / "helpdesk"),))))
    assert (found.origin, found.raw.source) == ("bundled", "helpdesk")


def test_suspected_labels_are_a_problem_of_the_data(outcome: Outcome, told: RunReport) -> None:
    lines = Path(outcome.report).with_name("data-curation.jsonl").read_text("utf-8").splitlines()
    named = [row for row in map(json.loads, lines) if row["code"] == "suspected_label"]
    counted = told.data.suspects.count if told.data.suspects else 0
    assert counted == len(named)
    assert all(row["place"].startswith("all.jsonl:") for row in named)


def test_a_version_held_back_is_told_with_the_way_to_serve_it(
    outcome: Outcome, tmp_path: Path
) -> None:
    workspace = Path(outcome.report).parents[2]
    data = folder(tmp_path / "d", "classification")
    second = run(workspace, fake_request(data, "classification", seed=1))
    assert second.decision != "promoted"
    again = read_report(Path(second.report).with_name("report.json"))
    assert again.comparison is not None and again.comparison.parent == "m@1"
    assert any("pioneer models promote m@2 --force" in step.command for step in again.next_steps)
    assert all("_" not in line for line in again.comparison.arithmetic)
