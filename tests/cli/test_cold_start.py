"""What `pioneer cold-start` prints and leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import QUICK, TASK, call, cold_start, jsonl, write
from tests.loop.helpers import rows

KEYS = {
    "run", "model", "version", "decision", "reason", "task", "mapping", "recipe_hash", "data_hash",
    "scores", "parent_scores", "baselines", "gate", "trials", "cost", "report",
}  # fmt: skip


def test_the_document(trained: Path, data: Path, tmp_path: Path) -> None:
    told = cold_start(data, tmp_path / "w").document
    assert set(told) == KEYS
    assert (told["model"], told["version"], told["decision"]) == ("m", 1, "promoted")
    assert told["task"]["kind"] == "classification"
    assert told["task"]["labels"] == ["food", "music", "weather"]
    assert set(told["scores"]) == {"dev", "test"}
    for score in (*told["scores"].values(), *told["baselines"].values()):
        assert set(score) == {"metric", "value", "ci95", "n", "slices"}
        assert score["ci95"][0] <= score["value"] <= score["ci95"][1]
    assert set(told["baselines"]) >= {"majority", "probe"}
    assert [trial["number"] for trial in told["trials"]] == [0, 1]
    assert told["cost"].keys() >= {"seconds"}
    report = Path(told["report"])
    assert report.is_absolute()
    files = ("report.html", "report.json", "data-curation.md")
    assert all((report.parent / name).stat().st_size for name in files)
    assert json.loads((report.parent / "report.json").read_text())["run"] == told["run"]


def test_a_second_start_under_the_name_is_gated(data: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    cold_start(data, workspace)
    again = cold_start(data, workspace, "--seed", "1").document
    assert (again["version"], again["decision"]) == (2, "need_more_data")
    assert "100 are needed" in again["reason"]
    assert again["gate"] == {"rows": 0, "needed": 100}
    served = call("models", "list", "--workspace", workspace, "--json").document
    assert [line["promoted"] for line in served] == [True, False]


def test_a_second_start_with_new_rows_is_compared(data: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "w"
    cold_start(data, workspace)
    new = write(
        tmp_path / "new",
        train__jsonl=jsonl(rows("classification", 300, seed=4)),
        validation__jsonl=jsonl(rows("classification", 150, seed=5)),
    )
    again = cold_start(new, workspace).document
    assert again["decision"] in ("promoted", "hold")
    assert again["parent_scores"]["dev"]["n"] == again["gate"]["rows"] == 150
    gained, lost = again["gate"]["wrong_to_right"], again["gate"]["right_to_wrong"]
    assert again["gate"]["difference"] == pytest.approx((gained - lost) / 150)
    assert (again["decision"] == "promoted") == (gained > lost and again["gate"]["mid_p"] <= 0.05)


def test_another_name_is_another_model(served: Path, data: Path) -> None:
    told = cold_start(data, served, "--name", "other").document
    assert (told["model"], told["version"], told["decision"]) == ("other", 1, "promoted")


def test_the_name_comes_from_the_description(data: Path, tmp_path: Path) -> None:
    options = ("--base", "fake", "--max-trials", "1", "--workspace", tmp_path / "w", "--json")
    told = call("cold-start", TASK, "--data", data, *options).document
    assert told["model"] == "classify-short-texts"


def test_equal_arguments_give_equal_results(data: Path, tmp_path: Path) -> None:
    one, two = (cold_start(data, tmp_path / name).document for name in ("a", "b"))
    same = ("recipe_hash", "data_hash", "scores", "trials", "baselines", "decision", "reason")
    assert {key: one[key] for key in same} == {key: two[key] for key in same}


def test_a_person_gets_a_table_that_ends_with_the_report(data: Path, tmp_path: Path) -> None:
    ended = call("cold-start", TASK, "--data", data, *QUICK, "--workspace", tmp_path / "w")
    assert ended.code == 0
    assert ended.out.startswith("m@1: promoted")
    where = ended.out.replace("\n", "").rpartition("report: ")[2]
    assert Path(where).is_file()
    for told in ("kind: classification", "labels: food, music, weather", "metric: accuracy"):
        assert told in ended.err


def test_the_python_name_does_the_same(data: Path, tmp_path: Path) -> None:
    import pioneer

    told = cold_start(data, tmp_path / "a").document
    outcome = pioneer.cold_start(
        TASK, data=str(data), base="fake", max_trials=2, name="m", workspace=tmp_path / "b"
    )
    assert isinstance(outcome, pioneer.Outcome)
    assert (outcome.recipe_hash, outcome.data_hash) == (told["recipe_hash"], told["data_hash"])
    answers = pioneer.load("m", workspace=tmp_path / "b")(["rain", ""])
    assert [answer.output in told["task"]["labels"] for answer in answers] == [True, True]
    with pytest.raises(pioneer.PioneerError, match="above zero"):
        pioneer.cold_start(TASK, budget="-1s")


def test_paths_may_be_relative(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data)
    ended = call("cold-start", TASK, "--data", ".", *QUICK, "--workspace", tmp_path / "w", "--json")
    run = ended.document["run"]
    common = ("--workspace", tmp_path / "w", "--json")
    told = call("runs", "show", run, *common).document
    assert told["arguments"]["data"] == [str(data)]


def test_hostile_text_in_rows_stays_text(tmp_path: Path) -> None:
    nasty = "<script>alert(1)</script> \x1b[31m {{ 7 * 7 }} '; DROP TABLE rows; -- "
    labels = ("[bold]a", "b</style>", "c\x1b[0m")
    found = [
        {"text": f"{nasty} {row['text']}", "label": labels[n % 3]}
        for n, row in enumerate(rows("classification"))
    ]
    folder = write(tmp_path / "data", all__jsonl=jsonl(found))
    ended = call("cold-start", TASK, "--data", folder, *QUICK, "--workspace", tmp_path / "w")
    assert ended.code == 0, ended.err
    assert "\x1b" not in ended.out + ended.err
    (page,) = (tmp_path / "w" / "runs").glob("*/report.html")
    assert "<script>alert" not in page.read_text()
    told = call("predict", "m", "--workspace", tmp_path / "w", stdin=found[0]["text"])
    assert told.lines[0]["output"] in labels
