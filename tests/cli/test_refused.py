"""Data that is refused: one line that names file, row and way out; nothing half registered."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.cli.shell import (
    QUICK,
    TASK,
    call,
    cold_start,
    error_of,
    jsonl,
    nothing_registered,
    write,
)
from tests.loop.helpers import rows

GOOD = rows("classification")
ROW = jsonl(GOOD[:3])
WITH_SPANS = [{"text": "abc", "label": [{"start": 0, "end": 1, "label": "x"}]}]


def labelled(*labels: object, text: str = "row {} of this set") -> str:
    return jsonl({"text": text.format(n), "label": label} for n, label in enumerate(labels))


@pytest.mark.parametrize(
    ("name", "content", "row", "message", "way"),
    [
        ("all.jsonl", "", None, "the file is empty", "at least one row"),
        ("all.jsonl", "\n \n", None, "the file is empty", "at least one row"),
        ("all.csv", "text,label\n", None, "the file is empty", "at least one row"),
        ("all.jsonl", ROW.encode() + b"\0\1", 4, "the file is binary", "save the file as UTF-8"),
        ("all.jsonl", ROW.encode("utf-16"), 1, "binary", "save the file as UTF-8"),
        ("all.jsonl", b'{"text": "caf\xe9"}', 1, "not UTF-8: byte 0xe9", "save the file as UTF-8"),
        ("all.csv", b"text,label\nok,a\ncaf\xe9,b", 3, "not UTF-8", "save the file as UTF-8"),
        ("all.jsonl", ROW + '{"text": \n', 4, "broken JSON", "one JSON object"),
        ("all.jsonl", "[" + ROW + "]", 1, "broken JSON", "one JSON object"),
        ("all.jsonl", '[{"text": "a", "label": "b"}]', 1, "a list", "one JSON object"),
        ("all.jsonl", ROW + '{"text": "a", "label": NaN}', 4, "NaN is not JSON", "one JSON object"),
        ("all.jsonl", jsonl([{"text": "a"}] * 3), None, "no column 'label'", "--map label=COLUMN"),
        ("all.jsonl", jsonl([{"a": 1, "b": 2}]), None, "no column 'text'", "columns found: a, b"),
        ("all.jsonl", ROW + '{"text": "a"}', 4, "no column 'label'", "--map"),
        ("all.jsonl", ROW + '{"text": null, "label": "a"}', 4, "'text' is null", "fill it in"),
        ("all.jsonl", ROW + '{"text": "a", "label": null}', 4, "'label' is null", "fill it in"),
        ("all.jsonl", ROW + '{"text": "a", "label": " "}', 4, "'label' is empty", "fill it in"),
        ("all.csv", "text,label\na,b\n,b\n", 3, "'text' is null", "fill it in"),
        ("all.csv", 'text,label\n"a\nb",c\nd\n', 4, "1 fields under 2 columns", "quote fields"),
        ("all.csv", "text,label\na,b,c\n", 2, "3 fields under 2 columns", "quote fields"),
        ("all.csv", 'text,label\na,b\n"c,d\n', 3, "broken CSV", "check the quotes"),
        ("all.csv", "text,label\ra,b\rc,d\r", 1, "broken CSV", "save it with line feeds"),
        ("all.jsonl", ROW.replace("\n", "\r"), 1, "broken JSON", "save it with line feeds"),
        ("all.csv", "text;label\na;b\n", None, "separated by semicolons", "separate them by comma"),
        ("all.csv", "text\tlabel\na\tb\n", None, "separated by tabs", "separate them by commas"),
        ("all.csv", "text,label,text\na,b,c\n", None, "names 'text' twice", "each column"),
        ("all.jsonl", ROW + '{"text": 3, "label": "a"}', 4, "holds a number", "another column"),
        ("all.jsonl", ROW + '{"text": {}, "label": "a"}', 4, "holds an object", "another column"),
        ("all.jsonl", ROW + '{"text": "a", "label": {}}', 4, "holds an object", "a label is text"),
        ("all.jsonl", labelled(0.5, 1.5), 1, "holds a number", "a label is text"),
        ("all.jsonl", jsonl(rows("extraction")), None, "the data fits extraction", "--kind extr"),
        ("all.jsonl", jsonl(WITH_SPANS * 3), 1, "spans where labels belong", "--kind extraction"),
        ("all.jsonl", labelled(["a", "b"]), 1, "multi-label", "each row one label"),
        ("all.jsonl", ROW + '{"text": "a", "label": ["b"]}', 4, "multi-label", "one label"),
        ("all.jsonl", labelled(*["a"] * 9), None, "only 'a' has 2 distinct rows", "2 labels"),
        ("all.jsonl", labelled(*"abcdefgh"), None, "no label has 2 distinct rows", "2 labels"),
        ("all.jsonl", labelled(*"ab" * 9, text="same"), None, "no label has 2 distinct", "2 label"),
        ("all.jsonl", labelled(*"aab"), None, "only 'a' has 2 distinct rows", "2 labels"),
        ("all.jsonl.gz", ROW, None, "cannot be decompressed", "make it again"),
        (
            "all.jsonl.gz",
            gzip.compress(ROW.encode(), mtime=0)[:-9],
            None,
            "decompressed",
            "make it again",
        ),
        ("all.parquet", ROW, None, "no readable Parquet", "make it again"),
        ("test.jsonl", jsonl(GOOD), None, "no rows to learn from", "train or all"),
        ("mine.jsonl", ROW, None, "found only mine.jsonl", "train, validation, test, all"),
        ("all.txt", ROW, None, "found only all.txt", ".jsonl"),
        ("all.jsonl", jsonl(row | {"id": [1]} for row in GOOD), 1, "'id' must be text", "leave"),
    ],
)
def test_bad_data(
    tmp_path: Path, name: str, content: str | bytes, row: int | None, message: str, way: str
) -> None:
    folder = write(tmp_path / "data", **{name: content})
    error = error_of(cold_start(folder, tmp_path / "w"))
    assert message in error["message"]
    assert way in error["hint"]
    assert error["row"] == row
    assert Path(error["file"]) in (folder, folder / name)
    assert (error["file"] == str(folder / name)) or row is None
    nothing_registered(tmp_path / "w")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nothing", "no such file or folder"),
        ("empty", "the folder is empty"),
        ("file.txt", "this is no data file"),
        ("~nobody-here/data", "no such file or folder"),
        ("/dev/null", "neither a file nor a folder"),
    ],
)
def test_a_bad_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, message: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text(ROW)
    monkeypatch.chdir(tmp_path)
    error = error_of(cold_start(Path(place), tmp_path / "w"))
    assert message in error["message"]
    assert error["file"] == str(tmp_path / place)
    assert ".jsonl" in error["hint"]
    nothing_registered(tmp_path / "w")


def test_labels_where_spans_belong(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", all__jsonl=jsonl(GOOD))
    error = error_of(cold_start(folder, tmp_path / "w", "--kind", "extraction"))
    assert "label where spans belong" in error["message"]
    assert "--kind classification" in error["hint"]
    assert error["file"] == str(folder)


def test_two_files_for_one_part(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", all__jsonl=ROW, all__csv="text,label\na,b\n")
    error = error_of(cold_start(folder, tmp_path / "w"))
    assert "all.csv and all.jsonl both hold 'all'" in error["message"]


def test_train_that_is_the_test(tmp_path: Path) -> None:
    both = jsonl(GOOD)
    folder = write(tmp_path / "data", train__jsonl=both, test__jsonl=both)
    error = error_of(cold_start(folder, tmp_path / "w"))
    assert "every train row is" in error["message"]
    assert error["file"] == str(folder)
    nothing_registered(tmp_path / "w")


def test_the_failed_run_says_why(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", all__jsonl="")
    cold_start(folder, tmp_path / "w")
    common = ("--workspace", tmp_path / "w", "--json")
    run = call("runs", "list", *common).document[0]["id"]
    told = call("runs", "show", run, *common).document
    assert "the file is empty" in told["result"]["reason"]
    assert told["trials"] == []


def test_without_json_the_same_line_ends_the_log(tmp_path: Path) -> None:
    folder = write(tmp_path / "data", all__jsonl="")
    ended = call("cold-start", TASK, "--data", folder, *QUICK, "--workspace", tmp_path / "w")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[-1] == (
        f"error: {folder / 'all.jsonl'}: the file is empty (it needs at least one row)"
    )
