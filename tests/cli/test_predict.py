"""`pioneer predict`: one JSON line per input line, whatever the line is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shell import Ended, call, cold_start, error_of, jsonl, write
from tests.loop.helpers import rows


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose model answers known texts with their own label."""
    folder = tmp_path_factory.mktemp("telling")
    told = rows("classification")
    write(folder / "data", train__jsonl=jsonl(told), test__jsonl=jsonl(rows("classification", 30)))
    assert cold_start(folder / "data", folder / "w").code == 0
    return folder / "w"


def ask(workspace: Path, stdin: bytes | str, *options: object) -> Ended:
    return call("predict", "m", "--workspace", workspace, *options, stdin=stdin)


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (b"", 0),
        (b"\n", 1),
        (b"\n\n \n", 3),
        (b"rain", 1),
        (b"rain\n", 1),
        (b"rain\r\n\r\nsnow\r\n", 3),
        (b"rain\rsnow\n", 1),
        ("a\u2028b\x0bc\x0cd\x1ce\x85f\u2029g\n".encode(), 1),
        ("\ufeffrain\n".encode(), 1),
        (b"with a \0 byte\n", 1),
        (b"x" * 1_000_000 + b"\nrain\n", 2),
        (b"rain\n" * 1500, 1500),
        (b'{"text": "rain"}\n{"text": "snow"}\n', 2),
        (b'{"text": "rain"}\r\n\r\n{"text": ""}\r\n', 3),
        (b'\n\n{"text": "rain"}\n', 3),
        ('\ufeff{"text": "rain"}\n'.encode(), 1),
        (b'{"prompt": "rain"}\n', 1),
        (b'{"text": "rain", "id": 7, "label": null}\n', 1),
        (b'{"text": "half an emoji \\ud83d and a \\u0000 byte"}\n', 1),
        (b'{"text": "' + b"x" * 1_000_000 + b'"}\n', 1),
        (b'rain\n{"text": "rain"}\n', 2),
        (b'["rain"]\n', 1),
        (b"{name}, where is my parcel?\n", 1),
    ],
)
def test_one_answer_per_line(telling: Path, lines: bytes, count: int) -> None:
    ended = ask(telling, lines)
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.lines) == count
    for answer in ended.lines:
        assert set(answer) == {"output", "confidence"}
        assert answer["output"] in ("food", "music", "weather")
        assert 0 <= answer["confidence"] <= 1


def test_answers_stand_in_the_order_of_the_lines(telling: Path) -> None:
    known = rows("classification", 60)
    plain = ask(telling, "".join(row["text"] + "\n" for row in known))
    assert ask(telling, jsonl(known)).lines == plain.lines
    one_by_one = [ask(telling, row["text"]).lines[0] for row in known[:20]]
    assert plain.lines[:20] == one_by_one
    assert len({answer["output"] for answer in plain.lines}) > 1


def test_json_lines_that_hold_the_same_text_get_the_same_answer(telling: Path) -> None:
    text = rows("classification")[0]["text"]
    forms = [{"text": text}, {"prompt": text}, {"utterance": text}, {"text": text, "prompt": "x"}]
    assert len({json.dumps(ask(telling, jsonl([form])).lines) for form in forms}) == 1


@pytest.mark.parametrize(
    ("lines", "row", "message"),
    [
        (b"\xff\n", 1, "not UTF-8 text"),
        (b"fine\n\ncaf\xe9\n", 3, "not UTF-8 text"),
        (b"cut \xed\xa0\xbd in half", 1, "not UTF-8 text"),
        ("rain".encode("utf-16"), 1, "not UTF-8 text"),
        (b'{"text": "rain"}\n\nplain\n', 3, "broken JSON: Expecting value at character 1"),
        (b'{"text": "rain"}\n{"text": "snow"\n', 2, "broken JSON"),
        (b'{"text": "rain\n', 1, "broken JSON"),
        (b'{"text": "rain"}\n["snow"]\n', 2, "the line holds no text"),
        (b'{"text": "rain"}\n{"text": null}\n', 2, "the line holds no text"),
        (b'{"text": 3}\n', 1, "the line holds no text"),
        (b'{"label": "food"}\n', 1, "the line holds no text"),
        (b'{"text": "rain"}\n' + b'{"a":' * 100_000, 2, "JSON is nested too deep"),
        (b"x" * 10_000_001, 1, "the line is longer than 10 MB"),
    ],
)
def test_a_line_that_cannot_be_read(telling: Path, lines: bytes, row: int, message: str) -> None:
    error = error_of(ask(telling, lines, "--json"))
    assert message in error["message"]
    assert (error["file"], error["row"]) == ("standard input", row)
    assert error["hint"]


def test_a_file_as_input(telling: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("rain\nsnow\n")
    ended = ask(telling, b"", "--input", tmp_path / "in.txt")
    assert ended.lines == ask(telling, "rain\nsnow\n").lines
    assert ask(telling, "rain", "--input", "-").lines == ended.lines[:1]
    (tmp_path / "bad").write_bytes(b"rain\n\xff")
    error = error_of(ask(telling, b"", "--json", "--input", tmp_path / "bad"))
    assert (error["file"], error["row"]) == (str(tmp_path / "bad"), 2)


@pytest.mark.parametrize(
    ("source", "message"),
    [("gone", "no such file"), (".", "this is a folder"), ("", "--input is empty")],
)
def test_a_bad_input(
    telling: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    error = error_of(ask(telling, b"", "--input", source, "--json"))
    assert message in error["message"]
    assert error["hint"]


def test_the_output_file_is_written_whole(telling: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    ended = ask(telling, "rain\nsnow\n", "--output", file)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert file.read_text() == ask(telling, "rain\nsnow\n").out
    assert list(tmp_path.iterdir()) == [file]


def test_or_not_at_all(telling: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    many = b"rain\n" * 2000 + b"\xff\n"
    error = error_of(ask(telling, many, "--output", file, "--json"))
    assert error["row"] == 2001
    assert list(tmp_path.iterdir()) == []
    file.write_text("before")
    error_of(ask(telling, many, "--output", file, "--json"))
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_input_and_output_may_be_one_file(telling: Path, tmp_path: Path) -> None:
    file = tmp_path / "texts"
    file.write_text("rain\nsnow\n")
    assert ask(telling, b"", "--input", file, "--output", file).code == 0
    assert file.read_text() == ask(telling, "rain\nsnow\n").out


def test_an_output_that_is_a_link_or_no_file(telling: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    assert ask(telling, "rain\n", "--output", tmp_path / "link").code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == ask(telling, "rain\n").out
    assert ask(telling, "rain\n", "--output", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("output", "message"),
    [(".", "is a folder"), ("", "is a folder"), ("no/where", "there is no folder")],
)
def test_a_bad_output(
    telling: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    error = error_of(ask(telling, "rain\n", "--output", output, "--json"))
    assert message in error["message"]
    assert list(tmp_path.iterdir()) == []
