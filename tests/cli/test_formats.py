"""Every form in which rows may come, and how columns are found."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import cold_start, error_of, jsonl, nothing_registered, write
from tests.loop.helpers import rows

GOOD = rows("classification")
AWKWARD = [{"text": f'{row["text"]}, "quoted"\nand more', "label": row["label"]} for row in GOOD]


def as_csv(found: list[dict[str, Any]], end: str = "\r\n") -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, fieldnames=list(found[0]), lineterminator=end)
    table.writeheader()
    table.writerows(found)
    return text.getvalue()


def as_parquet(found: list[dict[str, Any]]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(found), sink)
    return bytes(sink.getvalue())


def texts(ended: Any, workspace: Path) -> set[str]:
    """All texts that the run stored."""
    import sqlite3

    assert ended.code == 0, ended.err
    connection = sqlite3.connect(workspace / "pioneer.db")
    try:
        return {line[0] for line in connection.execute("SELECT input FROM rows")}
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("all.jsonl", jsonl(AWKWARD)),
        ("all.JSONL", "\n" + jsonl(AWKWARD).replace("\n", "\r\n\r\n")),
        ("all.jsonl.gz", gzip.compress(jsonl(AWKWARD).encode(), mtime=0)),
        ("all.csv", as_csv(AWKWARD)),
        ("all.csv", b"\xef\xbb\xbf" + as_csv(AWKWARD).encode()),
        ("all.csv", as_csv([{"": n, **row, "note": "x"} for n, row in enumerate(AWKWARD)], "\n")),
        ("all.parquet", as_parquet(AWKWARD)),
        ("all.parquet", as_parquet([{**row, "text": row["text"].encode()} for row in AWKWARD])),
        ("mine.jsonl", jsonl(AWKWARD)),
    ],
    ids=["jsonl", "CRLF", "gz", "csv", "BOM", "more columns", "parquet", "bytes", "one file"],
)
def test_every_form_gives_the_same_rows(tmp_path: Path, name: str, content: str | bytes) -> None:
    folder = write(tmp_path / "data", **{name: content})
    given = folder / name if name == "mine.jsonl" else folder
    ended = cold_start(given, tmp_path / "w")
    assert texts(ended, tmp_path / "w") == {row["text"] for row in AWKWARD}
    assert ended.document["task"]["labels"] == ["food", "music", "weather"]


def test_forms_may_be_mixed_and_other_files_are_named(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "data",
        train__csv=as_csv(GOOD),
        validation__parquet=as_parquet(rows("classification", 30, seed=7)),
        test__jsonl__gz=gzip.compress(jsonl(rows("classification", 30, seed=9)).encode(), mtime=0),
        notes__md="# notes",
        train__json="[]",
        big__csv="a;b",
    )
    (folder / "images").mkdir()
    ended = cold_start(folder, tmp_path / "w")
    assert ended.code == 0, ended.err
    report = json.loads(Path(ended.document["report"]).with_name("report.json").read_text())
    ignored = [one["file"] for one in report["data"]["ignored"]]
    assert ignored == ["big.csv", "images", "notes.md", "train.json"]
    page = Path(ended.document["report"]).read_text()
    assert all(name in page for name in ignored)
    sizes = {part["name"]: part["rows"] for part in report["data"]["parts"]}
    assert sizes == {"train": 90, "dev": 30, "test": 30}


def test_a_file_that_is_ignored_may_change_and_be_unreadable(tmp_path: Path) -> None:
    from pioneer.data.snapshot import snapshot

    folder = write(tmp_path / "data", all__jsonl=jsonl(GOOD), log__txt="one")
    before = snapshot([str(folder)])
    (folder / "log.txt").write_text("two")
    (folder / "gone").symlink_to("nowhere")
    assert snapshot([str(folder)]) == before
    write(folder, all__jsonl=jsonl(GOOD[1:]))
    assert snapshot([str(folder)]) != before


def test_two_sources_are_joined(tmp_path: Path) -> None:
    one = write(tmp_path / "one", train__jsonl=jsonl(GOOD))
    two = write(tmp_path / "two", train__csv=as_csv(rows("classification", 30, seed=3)))
    ended = cold_start(one, tmp_path / "w", "--data", two)
    assert len(texts(ended, tmp_path / "w")) == 120


def test_one_bad_source_of_two(tmp_path: Path) -> None:
    one = write(tmp_path / "one", train__jsonl=jsonl(GOOD))
    error = error_of(cold_start(one, tmp_path / "w", "--data", tmp_path / "two"))
    assert error["file"] == str(tmp_path / "two")
    nothing_registered(tmp_path / "w")


def renamed(**names: str) -> str:
    return jsonl({names[key]: value for key, value in row.items()} for row in GOOD)


def test_columns_are_mapped_and_the_mapping_is_shown(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", all__jsonl=renamed(text="what was said", label="y"))
    ended = cold_start(folder, tmp_path / "w", "--map", "text=what was said,label=y")
    assert ended.document["mapping"] == {"text": "what was said", "label": "y"}


def test_columns_of_usual_names_are_found_and_shown(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", all__jsonl=renamed(text="Utterance", label="intent"))
    ended = cold_start(folder, tmp_path / "w")
    assert ended.document["mapping"] == {"text": "Utterance", "label": "intent"}


@pytest.mark.parametrize(
    ("names", "mapping", "message", "way"),
    [
        (("aaa", "bbb"), None, "no column 'text'", "columns found: aaa, bbb"),
        (("text", "bbb"), None, "no column 'label'", "--map label=COLUMN"),
        (("text", "y"), "text=text,label=z", "there is no column 'z'", "columns found: text, y"),
        (("text", "y"), "text=text,tag=y", "has no column 'tag'", "one of text, label"),
        (("text", "label"), "text", "--map 'text' cannot be read", "--map text=COLUMN"),
        (("text", "label"), "", "--map '' cannot be read", "--map text=COLUMN"),
        (("text", "label"), "text=text,text=label", "cannot be read", "--map text=COLUMN"),
        (("text", "label"), "text=", "cannot be read", "--map text=COLUMN"),
    ],
)
def test_columns_that_cannot_be_found(
    tmp_path: Path, names: tuple[str, str], mapping: str | None, message: str, way: str
) -> None:
    folder = write(tmp_path / "data", all__jsonl=renamed(text=names[0], label=names[1]))
    options = () if mapping is None else ("--map", mapping)
    error = error_of(cold_start(folder, tmp_path / "w", *options))
    assert message in error["message"]
    assert way in error["hint"]


def test_a_choice_of_columns_is_not_guessed(tmp_path: Path) -> None:
    both = jsonl({"query": "x", "utterance": row["text"], "label": row["label"]} for row in GOOD)
    folder = write(tmp_path / "data", all__jsonl=both)
    error = error_of(cold_start(folder, tmp_path / "w"))
    assert "several columns could be 'text': query, utterance" in error["message"]
    ended = cold_start(folder, tmp_path / "w", "--map", "text=utterance")
    assert ended.document["mapping"] == {"text": "utterance", "label": "label"}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("food,blah", "--labels names blah, but the data has food, music, weather"),
        ("food", "only 'food' has 2 distinct rows"),
        (" , ", "--labels names none"),
        ("", "--labels names none"),
    ],
)
def test_labels_that_cannot_be_used(tmp_path: Path, labels: str, message: str) -> None:
    folder = write(tmp_path / "data", all__jsonl=jsonl(GOOD))
    error = error_of(cold_start(folder, tmp_path / "w", "--labels", labels))
    assert message in error["message"]


@pytest.mark.parametrize("kind", ["extraction", "generation"])
def test_other_kinds_take_the_same_way(tmp_path: Path, kind: str) -> None:
    folder = write(tmp_path / "data", all__jsonl=jsonl(rows(kind)))
    said = {"extraction": "extract the topic words", "generation": "generate a reply"}[kind]
    ended = cold_start(folder, tmp_path / "w", task=said)
    assert (ended.code, ended.document["task"]["kind"]) == (0, kind)
