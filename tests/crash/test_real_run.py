"""The real base on a part of the bundled corpus: repeated, killed, and looked through."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pioneer import api, corpus
from pioneer.families import family
from pioneer.families.base import Workbench
from pioneer.records import Kind
from pioneer.store.workspace import open_workspace
from tests.crash.lives import SAME, Attempt, Course, check_ended, finished
from tests.loop.helpers import written

LABELS = ("cancel_order", "gift_card", "login_problem")
CUTS = {"train": (0, 20), "validation": (20, 28), "test": (28, 36)}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def parts() -> Mapping[str, list[dict[str, Any]]]:
    """A few rows of three intents, as shipped files: one training a trial, and no folds."""
    file = corpus.path() / "helpdesk" / "all.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    by_label = {label: [row for row in rows if row["label"] == label] for label in LABELS}
    return {
        part: [
            {"text": row["text"], "label": label}
            for label in LABELS
            for row in by_label[label][start:end]
        ]
        for part, (start, end) in CUTS.items()
    }


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("real")
    written(place / "data", parts())
    return place


@pytest.fixture(scope="module")
def attempt(place: Path) -> Attempt:
    task = ["route the mail of a shop", "--data", str(place / "data"), "--name", "m"]
    return Attempt([*task, "--target", "1.0", "--max-trials", "2"])


@pytest.fixture(scope="module")
def course(attempt: Attempt, place: Path) -> Course:
    return attempt.course(place / "whole")


def shipped(workspace: Path) -> Path:
    with open_workspace(workspace, write=False) as opened:
        return opened.artifacts.folder(str(api._find(opened, "m@1").checkpoint))


def test_it_trained_both_strategies_and_learned_something(course: Course) -> None:
    trials = course.printed["trials"]
    assert {trial["strategy"] for trial in trials} == {"probe.v1", "full.v1"}
    assert all(trial["status"] == "finished" for trial in trials)
    assert course.printed["scores"]["test"]["value"] > 0.7


def test_the_same_again_elsewhere_gives_the_very_same_weights(
    attempt: Attempt, course: Course, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    printed = json.loads(finished(attempt.start(Path("deeper") / "workspace")))
    assert {key: printed[key] for key in SAME} == {key: course.printed[key] for key in SAME}
    assert shipped(tmp_path / "deeper" / "workspace").name == shipped(place / "whole").name


def test_killed_three_times_it_ends_as_the_uninterrupted_one(
    attempt: Attempt, course: Course, place: Path, tmp_path: Path
) -> None:
    moments = course.moments(3, random.Random("real"))
    printed = attempt.killed(tmp_path / "w", course, moments, [False, True, False])
    check_ended(tmp_path / "w", printed, place / "whole", course)


def test_row_text_stands_in_the_row_store_alone(course: Course, place: Path) -> None:
    """Not in manifests, journal, caches, reports, logs or weights: what is forgotten is gone."""
    texts = [row["text"] for rows in parts().values() for row in rows]
    files = [path for path in (place / "whole").rglob("*") if path.is_file()]
    assert len(files) > 10
    found = {}
    for file in files:
        content = file.read_bytes()
        known = [text for text in texts if _escaped(text, content)]
        if known:
            found[file.relative_to(place / "whole").as_posix()] = known[:3]
    assert list(found) == ["pioneer.db"]
    with open_workspace(place / "whole", write=False) as opened, opened.engine.connect() as sql:
        for table in ("events", "runs", "versions", "promotions"):
            lines = sql.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert not [text for text in texts if any(text in str(line) for line in lines)]


def _escaped(text: str, content: bytes) -> bool:
    forms = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return any(form.encode() in content for form in forms)


def test_answers_need_no_cache(course: Course, place: Path) -> None:
    """As for a user who may not write to the workspace."""
    texts = [row["text"] for row in parts()["test"]]
    model = api.load("m", workspace=place / "whole")
    bare = family(Kind.CLASSIFICATION).load(shipped(place / "whole"), Workbench(None, 1))
    assert [said.output for said in bare.predict(texts)] == [said.output for said in model(texts)]
