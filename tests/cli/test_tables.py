"""What a person sees of a result: a table where it fits, never a value cut."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from pioneer.cli.tables import print_facts, print_rows

ROWS = [
    {"name": "minilm", "size": 22, "path": "/a/path/without/any/space/" + "x" * 40, "more": "-"},
    {"name": "other", "size": 134, "path": None, "more": "words " * 12},
]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What a call prints on a terminal of so many columns."""

    def shown(columns: int, call: Callable[[Any], None], value: Any) -> list[str]:
        main, other = pty.openpty()
        monkeypatch.setenv("COLUMNS", str(columns))
        with os.fdopen(other, "w") as screen:
            monkeypatch.setattr("sys.stdout", screen)
            call(value)
        found = b""
        with suppress(OSError):  # at the end of what was written, the other side being closed
            while part := os.read(main, 1 << 16):
                found += part
        os.close(main)
        return found.decode().splitlines()

    return shown


def rows(found: Any) -> None:
    print_rows(found, "nothing")


def test_a_table_that_fits_is_one(terminal: Callable[..., list[str]]) -> None:
    lines = terminal(200, rows, ROWS)
    assert len(lines) == 3
    assert lines[0].split() == ["name", "size", "path", "more"]
    assert {line.index(word) for line, word in zip(lines[1:], ("22", "134"), strict=True)} == {8}


def test_a_table_that_does_not_fit_becomes_facts(terminal: Callable[..., list[str]]) -> None:
    lines = terminal(60, rows, ROWS)
    assert lines[0] == "name minilm"
    assert f"  path  {ROWS[0]['path']}" in lines
    assert lines[-2:] == ["  more  " + ("words " * 8).rstrip(), "        " + "words " * 3 + "words"]


def test_the_last_column_is_continued_below_itself(terminal: Callable[..., list[str]]) -> None:
    found = [{"check": "bases", "detail": "word " * 12}, {"check": "disk", "detail": "much"}]
    lines = terminal(50, rows, found)
    assert lines[1].startswith("bases  word word")
    assert lines[2].startswith("       word")
    assert lines[-1] == "disk   much"


def test_nobody_who_pipes_gets_a_broken_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows(ROWS)
    assert len(capsys.readouterr().out.splitlines()) == 3
    rows([])
    assert capsys.readouterr().out == "nothing\n"


def test_mappings_alike_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    labels = {"a": {"f1": 0.5, "n": 3}, "longer": {"f1": 0.25, "n": 12}}
    print_facts({"n": 15, "per_label": labels, "mix": {"rows": None, "inner": {"x": 1}}})
    assert capsys.readouterr().out.splitlines() == [
        "n          15",
        "per_label:",
        "          f1    n",
        "  a       0.5   3",
        "  longer  0.25  12",
        "mix:",
        "  rows   -",
        "  inner:",
        "    x  1",
    ]


def test_times_are_short_for_people_only(
    terminal: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    time = "2026-11-25T04:29:07+00:00"
    facts = {"created": time, "text": f"at {time}"}
    print_facts(facts)
    assert capsys.readouterr().out == f"created  {time}\ntext     at {time}\n"
    assert terminal(80, print_facts, facts) == ["created  2026-11-25 04:29", f"text     at {time}"]
