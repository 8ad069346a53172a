"""`pioneer evaluate` and `models compare`: rows with right answers in, measured values out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Ended, call, error_of, jsonl, write
from tests.loop.helpers import rows

GOOD = rows("classification")
KEYS = {"model", "metric", "value", "ci95", "n", "metrics", "per_label", "overlap"}


def judge(workspace: Path, folder: Path, found: list[Any], *options: object) -> Ended:
    given = write(folder, all__jsonl=jsonl(found))
    common = ("--workspace", workspace, "--json")
    return call("evaluate", "m", "--data", given, *common, *options)


def test_what_is_told(trained: Path, tmp_path: Path) -> None:
    told = judge(trained, tmp_path, GOOD[:30]).document
    assert set(told) >= KEYS
    assert (told["model"], told["metric"], told["n"], told["overlap"]) == (
        "m@1",
        "accuracy",
        30,
        30,
    )
    assert told["ci95"][0] <= told["value"] <= told["ci95"][1]
    assert told["metrics"].keys() >= {"accuracy", "macro_f1"}
    assert told["metrics"]["accuracy"] == told["value"]
    assert set(told["per_label"]["food"]) == {"precision", "recall", "f1", "n"}
    assert sum(label["n"] for label in told["per_label"].values()) == 30


def test_seen_rows_are_kept_and_counted(trained: Path, tmp_path: Path) -> None:
    fresh = rows("classification", 30, seed=5)
    told = judge(trained, tmp_path, [*fresh, *GOOD[:7], *GOOD[:2]]).document
    assert (told["n"], told["overlap"]) == (39, 9)


def test_unknown_labels_are_wrong_and_counted(trained: Path, tmp_path: Path) -> None:
    strange = [{"text": f"something new {n}", "label": "sports"} for n in range(3)]
    alone = judge(trained, tmp_path / "a", strange).document
    assert (alone["value"], alone["unknown_labels"], alone["n"]) == (0.0, 3, 3)
    both = judge(trained, tmp_path / "b", [*GOOD[:9], *strange]).document
    known = judge(trained, tmp_path / "c", GOOD[:9]).document
    assert both["value"] == pytest.approx(known["value"] * 9 / 12)
    assert both["per_label"]["sports"]["recall"] == 0


def test_labels_may_differ_by_case_and_spaces(trained: Path, tmp_path: Path) -> None:
    spelled = [{**row, "label": f" {row['label'].upper()} "} for row in GOOD[:9]]
    told = judge(trained, tmp_path / "a", spelled).document
    known = judge(trained, tmp_path / "b", GOOD[:9]).document
    assert (told["value"], told["unknown_labels"]) == (known["value"], 0)


@pytest.mark.parametrize("metric", ["macro_f1", "micro_f1", "recall:food", "precision:FOOD"])
def test_another_metric(trained: Path, tmp_path: Path, metric: str) -> None:
    told = judge(trained, tmp_path, GOOD[:30], "--metric", metric).document
    assert told["metric"] == metric.lower()
    assert told["metrics"][told["metric"]] == told["value"]
    if ":" in metric:
        name, _, label = told["metric"].partition(":")
        assert told["value"] == told["per_label"][label][name]


@pytest.mark.parametrize(
    ("metric", "message"),
    [("bleu", "unknown metric 'bleu'"), ("recall:sports", "there is no label 'sports'")],
)
def test_a_bad_metric(trained: Path, tmp_path: Path, metric: str, message: str) -> None:
    error = error_of(judge(trained, tmp_path, GOOD, "--metric", metric))
    assert message in error["message"]
    assert error["hint"]


def test_a_minimum(trained: Path, tmp_path: Path) -> None:
    value = judge(trained, tmp_path, GOOD).document["value"]
    assert 0 < value < 1
    assert judge(trained, tmp_path, GOOD, "--min", value).code == 0
    below = judge(trained, tmp_path, GOOD, "--min", 0.999)
    assert (below.code, below.document["value"]) == (1, value)
    assert below.last == f"accuracy {value:.4f} is below 0.999"


@pytest.mark.parametrize("minimum", ["nan", "-0.1", "96", "inf"])
def test_a_bad_minimum(trained: Path, tmp_path: Path, minimum: str) -> None:
    error = error_of(judge(trained, tmp_path, GOOD, "--min", minimum))
    assert "--min must be from 0 to 1" in error["message"]


@pytest.mark.parametrize(
    ("found", "message", "way"),
    [
        ([], "the file is empty", "one row"),
        ([{"a": "b"}], "no column 'text'", "the model needs 'text' and 'label'"),
        ([{"text": "a", "spans": []}], "spans where label belongs", "the model needs"),
        ([{"text": "a", "label": None}], "'label' is null", "fill it in"),
        ([{"text": "a", "label": ["b"]}], "multi-label", "one label"),
    ],
)
def test_bad_rows(trained: Path, tmp_path: Path, found: list[Any], message: str, way: str) -> None:
    error = error_of(judge(trained, tmp_path, found))
    assert message in error["message"]
    assert way in error["hint"]
    assert "--kind" not in error["hint"]


def test_columns_may_be_mapped(trained: Path, tmp_path: Path) -> None:
    renamed = [{"said": row["text"], "y": row["label"]} for row in GOOD]
    told = judge(trained, tmp_path / "a", renamed, "--map", "text=said,label=y").document
    assert told == judge(trained, tmp_path / "b", GOOD).document


def test_one_row_will_do(trained: Path, tmp_path: Path) -> None:
    told = judge(trained, tmp_path, GOOD[:1]).document
    assert told["n"] == 1
    assert 0 <= told["ci95"][0] <= told["ci95"][1] <= 1


def test_all_parts_of_a_folder_count(trained: Path, tmp_path: Path) -> None:
    folder = write(tmp_path, train__jsonl=jsonl(GOOD[:5]), test__jsonl=jsonl(GOOD[5:9]))
    ended = call("evaluate", "m@1", "--data", folder, "--workspace", trained, "--json")
    assert ended.document["n"] == 9


def test_without_json_a_person_reads_the_same(trained: Path, data: Path) -> None:
    common = ("--data", data, "--workspace", trained)
    told = call("evaluate", "m", *common, "--json").document
    shown = call("evaluate", "m", *common).out
    assert f"{told['value']:.4g}" in shown
    assert "overlap" in shown


def test_two_versions_on_the_same_rows(trained: Path, data: Path) -> None:
    common = ("--data", data, "--workspace", trained, "--json")
    told = call("models", "compare", "m@1", "m@2", *common).document
    assert set(told) == {"rows", "scores", "second_against_first"}
    assert set(told["scores"]) == {"m@1", "m@2"}
    paired = told["second_against_first"]
    assert paired["n"] == told["rows"] == 90
    values = [told["scores"][label]["value"] for label in ("m@1", "m@2")]
    assert paired["difference"] == pytest.approx(values[1] - values[0])
    assert paired["gained"] - paired["lost"] == round(90 * paired["difference"])
    back = call("models", "compare", "m@2", "m@1", *common).document["second_against_first"]
    assert (back["gained"], back["lost"]) == (paired["lost"], paired["gained"])


def test_comparing_on_nothing(trained: Path, tmp_path: Path) -> None:
    common = ("--workspace", trained, "--json")
    error = error_of(call("models", "compare", "m@1", "m@2", "--data", tmp_path, *common))
    assert "the folder is empty" in error["message"]
