from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from pioneer.data.folder import read_folder
from pioneer.data.raw import together
from pioneer.errors import DataError

ROW = b'{"text": "hi", "label": "a"}\n'


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_folder_with_every_format(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    write(tmp_path / "train.jsonl.gz", gzip.compress(ROW + b"\n" + ROW, mtime=0))
    write(tmp_path / "validation.csv", b'\xef\xbb\xbftext,label\r\n"one, two\nlines",b\r\n')
    table = pyarrow.table({"text": ["x"], "spans": [[{"start": 0, "end": 1, "label": "y"}]]})
    pyarrow.parquet.write_table(table, tmp_path / "test.parquet")
    write(tmp_path / "all.jsonl", ROW)
    write(tmp_path / "card.md", b"# card")
    raw = read_folder(tmp_path)
    assert list(raw.parts) == ["train", "validation", "test", "all"]
    assert [row.row for row in raw.parts["train"]] == [1, 3]
    assert raw.parts["validation"][0].fields == {"text": "one, two\nlines", "label": "b"}
    assert raw.parts["test"][0].fields["spans"] == [{"start": 0, "end": 1, "label": "y"}]
    assert raw.ignored == ("card.md",)
    assert raw.columns == ("text", "label", "spans")


def test_a_single_file_is_unsplit_unless_it_is_named_for_a_part(tmp_path: Path) -> None:
    assert list(read_folder(write(tmp_path / "mine.jsonl", ROW)).parts) == ["all"]
    assert list(read_folder(write(tmp_path / "test.jsonl", ROW)).parts) == ["test"]
    assert list(read_folder(write(tmp_path / "Train.JSONL", ROW)).parts) == ["train"]


def test_lines_end_at_newlines_only(tmp_path: Path) -> None:
    text = "a\u2028b\u2029c\x85d\x0be\x0cf"
    line = json.dumps({"text": text}, ensure_ascii=False).encode()
    raw = read_folder(write(tmp_path / "x.jsonl", b"\xef\xbb\xbf" + line + b"\r\n" + line))
    assert [row.fields["text"] for row in raw.rows()] == [text, text]
    csv = f"text,label\n{text},a\n".encode()
    assert read_folder(write(tmp_path / "x.csv", csv)).rows()[0].fields["text"] == text


def test_half_an_emoji_becomes_a_replacement_character(tmp_path: Path) -> None:
    content = rb'{"text": "cut \ud83d, whole \ud83d\ude00", "spans": [{"label": "\ud83d"}]}'
    fields = read_folder(write(tmp_path / "x.jsonl", content)).rows()[0].fields
    assert fields["text"] == "cut \ufffd, whole 😀"
    assert fields["spans"] == [{"label": "\ufffd"}]


def test_an_empty_csv_cell_is_missing(tmp_path: Path) -> None:
    raw = read_folder(write(tmp_path / "x.csv", b"text,label\nhi,\n"))
    assert raw.rows()[0].fields == {"text": "hi", "label": None}


@pytest.mark.parametrize(
    ("name", "content", "row", "message"),
    [
        ("x.jsonl", b"", None, "the file is empty"),
        ("x.jsonl", b"\n \n", None, "the file is empty"),
        ("x.csv", b"", None, "the file is empty"),
        ("x.csv", b"text,label\n", None, "the file is empty"),
        ("x.jsonl", ROW + b"{broken\n", 2, "broken JSON"),
        ("x.jsonl", ROW + b'{"text": NaN}\n', 2, "NaN is not JSON"),
        ("x.jsonl", ROW + b'["hi", "a"]\n', 2, "a list instead of an object"),
        ("x.jsonl", b'"hi"\n', 1, "a bare value instead of an object"),
        ("x.jsonl", b'{"a":' * 100_000, 1, "nested too deep"),
        ("x.jsonl", b'{"a": ' + b"9" * 5000 + b"}", 1, "broken JSON"),
        ("x.jsonl", ROW + b"\x00\x01\n", 2, "binary"),
        ("x.jsonl", ROW + b'{"text": "caf\xe9"}\n', 2, "not UTF-8: byte 0xe9 at position 14"),
        ("x.jsonl", '{"text": "a"}'.encode("utf-16"), 1, "binary"),
        ("x.jsonl", b'{"text": "' + b"a" * 10_000_001, 1, "longer than 10 MB"),
        ("x.csv", b"text,label\n\x00,\n", 2, "binary"),
        ("x.csv", b"text,label\nok,a\ncaf\xe9,a\n", 3, "not UTF-8"),
        ("x.csv", b"text,label\nok,a\na,b,c\n", 3, "3 fields under 2 columns"),
        ("x.csv", b'text,label\nok,a\n"open,a\n', 3, "broken CSV"),
        ("x.csv", b"text,text\nok,a\n", None, "names 'text' twice"),
        ("x.csv", b"text;label\nok;a\n", None, "separated by semicolons"),
        ("x.jsonl.gz", ROW, None, "cannot be decompressed"),
        ("x.jsonl.gz", gzip.compress(ROW * 99, mtime=0)[:-20], None, "cannot be decompressed"),
        ("x.parquet", ROW, None, "no readable Parquet"),
        ("x.txt", ROW, None, "no data file"),
    ],
)
def test_refused_with_file_and_row(
    tmp_path: Path, name: str, content: bytes, row: int | None, message: str
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(DataError) as caught:
        read_folder(path)
    assert message in str(caught.value)
    assert caught.value.file == str(path)
    assert caught.value.row == row
    assert "\n" not in str(caught.value)


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        read_folder(tmp_path / "nothing")


def test_a_folder_without_data_names_what_it_found(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the folder is empty"):
        read_folder(tmp_path)
    write(tmp_path / "notes.txt", b"x")
    (tmp_path / "train.jsonl").mkdir()
    with pytest.raises(DataError, match=r"found only notes.txt, train.jsonl"):
        read_folder(tmp_path)


def test_two_files_for_one_part(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", b"text\na\n")
    write(tmp_path / "train.jsonl", ROW)
    with pytest.raises(DataError, match=r"train.csv and train.jsonl both hold 'train'"):
        read_folder(tmp_path)


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "x.jsonl", ROW)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # a root user may read all files
    with pytest.raises(DataError, match="cannot be read: Permission denied"):
        read_folder(path)


def test_sources_are_joined_part_by_part(tmp_path: Path) -> None:
    one = read_folder(write(tmp_path / "train.jsonl", ROW))
    two = read_folder(write(tmp_path / "test.jsonl", b'{"text": "yo", "intent": "b"}\n'))
    both = together([two, one, one])
    assert {name: len(rows) for name, rows in both.parts.items()} == {"train": 2, "test": 1}
    assert both.columns == ("text", "label", "intent")
