"""The cache from text to bytes: what it keeps, what it hides, and how it breaks."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.encoding.memory import Memory
from pioneer.errors import StoreError

texts_ = st.text(st.characters(), max_size=8)  # lone surrogates included
values_ = st.dictionaries(texts_, st.binary(max_size=20), max_size=12)


@given(first=values_, second=values_, asked=st.lists(texts_, max_size=12))
def test_it_recalls_what_was_remembered_first(
    first: dict[str, bytes], second: dict[str, bytes], asked: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        memory = Memory(Path(folder) / "m.db")
        memory.remember(first)
        memory.remember(second)
        known = {**second, **first}
        wanted = [*asked, *first, *second]
        assert memory.recall(wanted) == {text: known[text] for text in wanted if text in known}


def test_it_recalls_more_texts_than_a_query_may_name(tmp_path: Path) -> None:
    values = {f"text {n}": bytes([n % 256]) for n in range(3210)}
    memory = Memory(tmp_path / "m.db")
    memory.remember(values)
    assert memory.recall([*values, "unknown"]) == values


def test_a_file_that_is_not_there_knows_nothing_and_is_not_made(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "none" / "m.db")
    assert memory.recall(["a"]) == {}
    memory.forget(["a"])
    assert not (tmp_path / "none").exists()


def test_what_is_forgotten_leaves_no_trace_in_the_file(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "m.db")
    secret = b"\x07SECRET-VECTOR\x07" * 300
    memory.remember({"my text": secret, "other": b"kept"})
    assert secret[:100] in (tmp_path / "m.db").read_bytes()
    memory.forget(["my text", "never seen"])
    assert memory.recall(["my text", "other"]) == {"other": b"kept"}
    assert b"SECRET-VECTOR" not in (tmp_path / "m.db").read_bytes()


def test_the_file_holds_no_text(tmp_path: Path) -> None:
    Memory(tmp_path / "m.db").remember({"Ottoline Marsh, 12 Elm Road": b"1"})
    assert b"Ottoline" not in (tmp_path / "m.db").read_bytes()


def damage(file: Path, how: str) -> None:
    content = file.read_bytes()
    if how == "garbage":
        file.write_bytes(random.Random(0).randbytes(len(content)))
    elif how == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif how == "text":
        file.write_text("this is no database\n" * 40)


@pytest.mark.parametrize("how", ["garbage", "cut", "text"])
def test_a_damaged_file_is_refused_in_one_clear_line(how: str, tmp_path: Path) -> None:
    file = tmp_path / "m.db"
    values = {f"text {n}": bytes(300) for n in range(500)}
    Memory(file).remember(values)
    damage(file, how)
    with pytest.raises(StoreError) as refused:
        Memory(file).recall(list(values))
    said = str(refused.value)
    assert said.startswith(f"{file}: cache: ")
    assert "delete this cache file: it will be rebuilt" in said
    assert "\n" not in said
    file.unlink()
    Memory(file).remember({"a": b"1"})
    assert Memory(file).recall(["a"]) == {"a": b"1"}


def test_a_place_that_cannot_be_written_is_refused_in_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"cache: .*free some space"):
        Memory(tmp_path / "file" / "m.db").remember({"a": b"1"})


WRITER = """
import sys
from pathlib import Path
from pioneer.encoding.memory import Memory
memory, name = Memory(Path(sys.argv[1])), sys.argv[2]
for turn in range(int(sys.argv[3])):
    memory.remember({f"{turn} {n}": f"{turn} {n} of {name}".encode() * 40 for n in range(200)})
    print(turn, flush=True)
"""


def writer(file: Path, name: str, turns: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file), name, str(turns)],
        stdout=subprocess.PIPE,
        text=True,
    )


def whole(file: Path, turn: int) -> set[str]:
    """Whose values a turn has: all of one writer's, or none."""
    known = Memory(file).recall([f"{turn} {n}" for n in range(200)])
    assert len(known) in (0, 200)
    names = set()
    for text, value in known.items():
        name = value.decode().split(" of ")[1][:1]
        assert value == f"{text} of {name}".encode() * 40
        names.add(name)
    return names


@pytest.mark.slow
def test_two_processes_write_at_once_and_each_turn_is_one_s(tmp_path: Path) -> None:
    file = tmp_path / "m.db"
    team = [writer(file, name, 20) for name in "ab"]
    for process in team:
        process.communicate(timeout=100)
    assert [process.returncode for process in team] == [0, 0]
    assert [len(whole(file, turn)) for turn in range(20)] == [1] * 20


@pytest.mark.slow
def test_a_process_killed_while_it_writes_leaves_turns_whole(tmp_path: Path) -> None:
    rng = random.Random(0)
    for attempt in range(4):
        file = tmp_path / f"{attempt}.db"
        with writer(file, "a", 10_000) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            time.sleep(rng.uniform(0, 0.15))
            os.kill(process.pid, signal.SIGKILL)
            told = [first, *process.stdout.readlines()]
        turns = len([line for line in told if line.endswith("\n")])
        assert [whole(file, turn) for turn in range(turns)] == [{"a"}] * turns
        whole(file, turns)
        Memory(file).remember({"after": b"1"})
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
