"""A version at work: answers in order, evaluated and compared on rows that it is given."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from pioneer import api
from pioneer.data.rows import row_key
from pioneer.records import Example, Prediction
from pioneer.registry.card import Serving
from pioneer.serving.model import served
from pioneer.store.schema import rows as table_of_rows
from pioneer.store.workspace import open_workspace
from tests.loop.helpers import Listed, fake_request, rows, run, table, written

Row = dict[str, Any]
TRAIN = rows("classification", 120)
NEW = rows("classification", 60, seed=4)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """m@1 is good, m@2 knows the most frequent label only."""
    place = tmp_path_factory.mktemp("serving")
    data = written(place / "d", {"all": TRAIN})
    for seed, recipe in enumerate((table(), table(fallback="frequent"))):
        wanted = fake_request(data, "classification", max_trials=1, seed=seed)
        run(place / "w", wanted, Listed((recipe,)))
    return place / "w"


def evaluated(workspace: Path, path: Path, given_rows: Sequence[Row], model: str = "m") -> Any:
    written(path, {"all": given_rows})
    return api.evaluate(model, str(path), workspace)


def test_the_value_is_the_share_of_right_answers(workspace: Path, tmp_path: Path) -> None:
    found = evaluated(workspace, tmp_path / "e", NEW)
    said = api.load("m", workspace=workspace)([str(row["text"]) for row in NEW])
    right = [answer.output == row["label"] for answer, row in zip(said, NEW, strict=True)]
    assert found["value"] == pytest.approx(sum(right) / len(right))
    assert found["n"] == len(NEW)
    assert found["ci95"][0] <= found["value"] <= found["ci95"][1]
    assert (found["overlap"], found["unknown_labels"]) == (0, 0)
    assert sum(line["n"] for line in found["per_label"].values()) == len(NEW)


def test_rows_that_were_trained_on_are_counted_by_their_text(
    workspace: Path, tmp_path: Path
) -> None:
    """Whatever label, case or spaces they come with."""
    changed = [
        {**TRAIN[0], "label": "food"},
        {**TRAIN[1], "text": f"  {str(TRAIN[1]['text']).upper()} "},
        TRAIN[2],
    ]
    assert evaluated(workspace, tmp_path / "e", changed + NEW)["overlap"] == 3


def test_number_labels_overlap_too(tmp_path: Path) -> None:
    numbered = [{**row, "label": len(str(row["label"]))} for row in TRAIN]
    data = written(tmp_path / "d", {"all": numbered})
    run(tmp_path / "w", fake_request(data, "classification", max_trials=1), Listed((table(),)))
    found = api.evaluate("m", str(data), tmp_path / "w")
    learned = api.show_model("m", tmp_path / "w")["card"]["manifest"]
    with open_workspace(tmp_path / "w", write=False) as opened:
        assert found["overlap"] == len(opened.artifacts.get_json(learned)["entries"]) > 60
    assert found["unknown_labels"] == 0


def test_labels_are_known_whatever_their_case_and_spaces(workspace: Path, tmp_path: Path) -> None:
    plain = evaluated(workspace, tmp_path / "plain", NEW)
    loud = [{**row, "label": f" {str(row['label']).upper()}  "} for row in NEW]
    again = evaluated(workspace, tmp_path / "loud", loud)
    assert again == plain


def test_unknown_labels_are_wrong_and_counted(workspace: Path, tmp_path: Path) -> None:
    strange = [{**row, "label": "sports"} for row in NEW[:10]]
    plain = evaluated(workspace, tmp_path / "plain", NEW[10:])
    found = evaluated(workspace, tmp_path / "mixed", strange + NEW[10:])
    assert found["unknown_labels"] == 10
    assert found["value"] * found["n"] == pytest.approx(plain["value"] * plain["n"])


def test_the_order_of_rows_does_not_matter(workspace: Path, tmp_path: Path) -> None:
    mixed = random.Random(1).sample(NEW, len(NEW))
    one, other = (
        evaluated(workspace, tmp_path / name, r) for name, r in (("a", NEW), ("b", mixed))
    )
    assert one == other


def test_a_forgotten_row_is_not_missed(workspace: Path, tmp_path: Path) -> None:
    before = evaluated(workspace, tmp_path / "before", TRAIN)
    gone = row_key(Example("", str(TRAIN[0]["text"]), str(TRAIN[0]["label"])))
    with open_workspace(workspace, write=True) as opened, opened.engine.begin() as connection:
        removed = connection.execute(delete(table_of_rows).where(table_of_rows.c.key == gone))
        assert removed.rowcount == 1
    after = evaluated(workspace, tmp_path / "after", TRAIN)
    assert after["overlap"] == before["overlap"] - 1
    assert after["value"] == before["value"]


def test_comparing_is_paired_and_turns_round(workspace: Path, tmp_path: Path) -> None:
    data = str(written(tmp_path / "e", {"all": NEW}))
    there = api.compare_models("m@1", "m@2", data, workspace)
    back = api.compare_models("m@2", "m@1", data, workspace)
    assert there["scores"] == back["scores"]
    assert there["rows"] == len(NEW)
    one, other = there["second_against_first"], back["second_against_first"]
    assert (one["gained"], one["lost"]) == (other["lost"], other["gained"])
    assert one["difference"] == pytest.approx(-other["difference"])
    assert one["difference"] < 0  # m@2 is the worse one
    assert one["mid_p"] + other["mid_p"] == pytest.approx(1.0)
    same = api.compare_models("m@1", "m@1", data, workspace)["second_against_first"]
    assert (same["gained"], same["lost"], same["difference"]) == (0, 0, 0)


texts = st.sampled_from([str(row["text"]) for row in NEW]) | st.text(max_size=20)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts, max_size=12), st.randoms(use_true_random=False))
def test_an_answer_depends_on_its_text_alone(
    workspace: Path, asked: list[str], rng: random.Random
) -> None:
    model = loaded(workspace)
    mixed = rng.sample(range(len(asked)), len(asked))
    together = model(asked)
    assert [model([text])[0] for text in asked] == together
    shuffled = model([asked[at] for at in mixed])
    assert [shuffled[mixed.index(at)] for at in range(len(asked))] == together


_MODELS: dict[Path, api.Model] = {}


def loaded(workspace: Path) -> api.Model:
    if workspace not in _MODELS:
        _MODELS[workspace] = api.load("m", workspace=workspace)
    return _MODELS[workspace]


shares = st.lists(st.floats(0.01, 1), min_size=2, max_size=5)


@given(shares, st.floats(0.2, 5), st.floats(0, 0.99))
def test_serving_keeps_the_order_of_labels_and_silences_the_unsure(
    weights: list[float], temperature: float, threshold: float
) -> None:
    total = sum(weights)
    ranked = sorted(((f"l{n}", w / total) for n, w in enumerate(weights)), key=lambda p: -p[1])
    raw = Prediction(ranked[0][0], ranked[0][1], tuple(ranked))
    (said,) = served([raw], Serving(temperature, threshold))
    assert [label for label, _ in said.ranked] == [label for label, _ in ranked]
    assert sum(p for _, p in said.ranked) == pytest.approx(1.0)
    assert said.output == (None if said.confidence < threshold else raw.output)
    (loud,) = served([raw], Serving(temperature))
    assert replace(said, output=raw.output) == loud


def test_json_of_an_evaluation_is_plain(workspace: Path, tmp_path: Path) -> None:
    found = evaluated(workspace, tmp_path / "e", NEW)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
