"""Data that is repaired: the run ends well; what was done is counted and listed with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.shell import cold_start, jsonl, write
from tests.loop.helpers import rows

GOOD = rows("classification")


def reported(tmp_path: Path, *options: object, **files: str) -> tuple[dict[str, Any], str]:
    """report.json and data-curation.md of a run on these files."""
    ended = cold_start(write(tmp_path / "data", **files), tmp_path / "w", *options)
    assert ended.code == 0, ended.err
    folder = Path(ended.document["report"]).parent
    told = json.loads((folder / "report.json").read_text())
    return told, (folder / "data-curation.md").read_text()


def problem(report: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [one for one in report["data"]["problems"] if one["code"] == code]
    return found


def test_nothing_to_repair(tmp_path: Path) -> None:
    report, page = reported(tmp_path, all__jsonl=jsonl(GOOD))
    assert report["data"]["problems"] == []
    assert "Nothing had to be repaired." in page


def test_contradictions_are_dropped(tmp_path: Path) -> None:
    twice = [{"text": GOOD[0]["text"].upper(), "label": "music"}]
    report, page = reported(tmp_path, all__jsonl=jsonl(GOOD + twice))
    found = problem(report, "conflicting_labels")
    assert (found["action"], found["count"]) == ("dropped", 2)
    assert found["reason"] == "the same text is labelled 'food' and 'music'"
    assert found["rows"] == ["all.jsonl:1", "all.jsonl:91"]
    assert sum(part["rows"] for part in report["data"]["parts"] if part["name"] != "dev") == 89
    for told in ("conflicting_labels**: dropped, 2 rows", found["reason"], "(all.jsonl:91)"):
        assert told in page


def test_labels_that_differ_by_case_or_spaces_are_merged(tmp_path: Path) -> None:
    spelled = ["Music", " music", "FOOD"]
    more = [{"text": f"another text {n}", "label": label} for n, label in enumerate(spelled)]
    report, page = reported(tmp_path, all__jsonl=jsonl(GOOD + more))
    found = problem(report, "label_spelling")
    assert (found["action"], found["count"]) == ("relabelled", 3)
    for was, now in zip(spelled, ("music", "music", "food"), strict=True):
        assert f"label {was!r} is written {now!r}" in found["reason"]
        assert f"label {was!r} is written {now!r}" in page
    assert report["task"]["labels"] == ["food", "music", "weather"]


def test_a_label_with_one_row_is_only_learned_from(tmp_path: Path) -> None:
    report, page = reported(
        tmp_path, all__jsonl=jsonl([*GOOD, {"text": "all alone here", "label": "lonely"}])
    )
    found = problem(report, "one_row_label")
    assert (found["action"], found["count"]) == ("train_only", 1)
    assert found["rows"] == ["all.jsonl:91"]
    assert "'lonely' has a single distinct row" in page
    assert "lonely" in report["task"]["labels"]


def test_long_texts_are_cut(tmp_path: Path) -> None:
    report, page = reported(
        tmp_path, all__jsonl=jsonl([*GOOD, {"text": "word " * 6000, "label": "music"}])
    )
    found = problem(report, "over_long")
    assert (found["action"], found["count"]) == ("truncated", 1)
    assert "the text has 30000 characters, more than 20000" in found["reason"]
    assert "over_long**: truncated, 1 row" in page


def test_empty_texts_are_dropped(tmp_path: Path) -> None:
    report, page = reported(tmp_path, all__jsonl=jsonl([*GOOD, {"text": " ", "label": "music"}]))
    assert problem(report, "empty_text")["rows"] == ["all.jsonl:91"]
    assert "the text is empty" in page


def test_train_rows_of_the_shipped_sets_are_dropped(tmp_path: Path) -> None:
    report, page = reported(
        tmp_path,
        train__jsonl=jsonl(GOOD),
        validation__jsonl=jsonl(GOOD[:12] + rows("classification", 30, seed=7)),
        test__jsonl=jsonl(GOOD[12:20] + rows("classification", 30, seed=9)),
    )
    for code, part, count in (("leaks_into_dev", "dev", 12), ("leaks_into_test", "test", 8)):
        assert problem(report, code)["count"] == count
        assert f"{code}**: dropped, {count} rows" in page
        (leak,) = [one for one in report["data"]["leaks"] if one["parts"] == ["train", part]]
        assert (leak["count"], leak["action"]) == (count, "dropped from train")
        assert leak["rows"][0].startswith("train.jsonl:")
    sizes = {part["name"]: (part["rows"], part["origin"]) for part in report["data"]["parts"]}
    assert sizes == {"train": (70, "given"), "dev": (42, "shipped"), "test": (38, "shipped")}
    assert report["data"]["leak_check"].endswith("no train row has one among them")


def test_labels_that_are_numbers_are_read_as_text(tmp_path: Path) -> None:
    numbers = {"food": 0, "music": 1.0, "weather": 2}
    texts = [{"text": row["text"], "label": numbers[row["label"]]} for row in GOOD]
    report, page = reported(tmp_path, all__jsonl=jsonl(texts))
    found = problem(report, "label_type")
    assert found["reason"] == "90 labels are a number, read as text"
    assert found["rows"] == []
    assert found["reason"] in page
    assert report["task"]["labels"] == ["0", "1", "2"]


def test_labels_that_are_true_or_false(tmp_path: Path) -> None:
    texts = [{"text": row["text"], "label": row["label"] == "food"} for row in GOOD]
    report, _ = reported(tmp_path, all__jsonl=jsonl(texts))
    assert report["task"]["labels"] == ["false", "true"]
    assert "90 labels are true/false" in problem(report, "label_type")["reason"]


def test_rows_of_labels_that_were_not_asked_for(tmp_path: Path) -> None:
    report, page = reported(tmp_path, "--labels", "Food,music", all__jsonl=jsonl(GOOD))
    found = problem(report, "label_not_wanted")
    assert (found["action"], found["count"]) == ("dropped", 30)
    assert found["rows"][0].startswith("all.jsonl:")
    assert report["task"]["labels"] == ["food", "music"]
    assert "its label is not among --labels" in page


def test_many_reasons_are_counted(tmp_path: Path) -> None:
    report, _ = reported(tmp_path, train__jsonl=jsonl(GOOD), test__jsonl=jsonl(GOOD[:20]))
    assert "and 14 more such reasons" in problem(report, "leaks_into_test")["reason"]


def test_the_page_names_the_same_rows(tmp_path: Path) -> None:
    ended = cold_start(
        write(tmp_path / "data", all__jsonl=jsonl([*GOOD, {"text": " ", "label": "music"}])),
        tmp_path / "w",
    )
    assert "all.jsonl:91" in Path(ended.document["report"]).read_text()
