"""Logs of our own form into the store: once, whole, and with every trouble named."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from pioneer.errors import DataError
from pioneer.events import Event, Note, Progress
from pioneer.records import Kind, Ruling, Span, Trace
from pioneer.store.engine import open_engine
from pioneer.traces import exporting, reading
from pioneer.traces.importing import Settings, import_paths
from pioneer.traces.lines import MAX_RECORD
from tests.traces.helpers import imported, jsonl, reader, row


def stored(connection: Connection, name: str = "router") -> list[Trace]:
    return list(reading.stream(connection, name))


def test_a_row_with_all_columns(connection: Connection, tmp_path: Path) -> None:
    full = row(
        time="2026-01-02T03:04:05Z", model="router@2", expected="returns", verdict="fail",
        judge="human:anna", reason="it came back", confidence=0.25, metadata={"channel": "web"},
    )  # fmt: skip
    (counts,) = imported(connection, jsonl(tmp_path / "log.jsonl", [full]))
    (trace,) = stored(connection)
    assert exporting.trace_row(trace) == full | {"time": 1767323045.0}
    assert (counts.rows, counts.new, counts.verdicts, counts.conflicts) == (1, 1, 2, 0)
    assert counts.models == {"router@2": 1}


def test_what_is_there_is_not_added_again(connection: Connection, tmp_path: Path) -> None:
    rows = [row(n, expected="delivery" if n % 2 else "billing") for n in range(10)]
    log = jsonl(tmp_path / "log.jsonl", rows)
    (first,) = imported(connection, log)
    found = stored(connection)
    (second,) = imported(connection, log)
    assert (first.new, first.verdicts) == (10, 10)
    assert (second.new, second.known, second.verdicts) == (0, 10, 0)
    assert stored(connection) == found
    assert [one.verdict.ruling for one in found if one.verdict] == [Ruling.FAIL, Ruling.PASS] * 5


def test_retry_storms_survive_and_are_known_again(connection: Connection, tmp_path: Path) -> None:
    """Rows without an id: equal ones are told apart by their order in the file."""
    storm = {"input": "help", "output": "billing", "time": 5}
    log = jsonl(tmp_path / "a.jsonl", [storm, {"input": "x", "output": "billing"}, storm, storm])
    assert imported(connection, log)[0].new == 4
    assert imported(connection, log)[0].new == 0
    grown = jsonl(tmp_path / "b.jsonl", [storm] * 5)
    (counts,) = imported(connection, grown)
    assert (counts.known, counts.new) == (3, 2)
    judged = jsonl(tmp_path / "c.jsonl", [storm | {"verdict": "fail", "judge": "human"}])
    (counts,) = imported(connection, judged)
    assert (counts.known, counts.verdicts) == (1, 1)


def test_equal_rows_are_counted_over_the_whole_file(connection: Connection, tmp_path: Path) -> None:
    rng = random.Random(0)
    rows = [{"input": f"q{rng.randrange(50)}", "output": "billing"} for _ in range(5000)]
    log = jsonl(tmp_path / "log.jsonl", rows)
    assert imported(connection, log)[0].new == 5000
    assert imported(connection, log)[0].known == 5000


words = st.text(max_size=6)
free_rows = st.fixed_dictionaries(
    {"input": words, "output": st.sampled_from(["billing", "returns", "?", None])},
    optional={
        "id": st.sampled_from(["a", "b", 7]),
        "time": st.integers(0, 2_000_000_000),
        "model": words,
        "expected": st.sampled_from(["billing", "returns", "new", "", None]),
        "verdict": st.sampled_from(["pass", "fail", "unjudged", True, False, 0, None]),
        "judge": st.sampled_from(["human", "human:anna", "llm:x", "", None]),
        "reason": words,
        "confidence": st.none() | st.floats(0, 1),
        "metadata": st.dictionaries(words, words | st.booleans(), max_size=2),
        "parent": words,
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(rows=st.lists(free_rows, max_size=6))
def test_any_log_twice_adds_nothing_and_its_export_makes_the_same_store(
    connection: Connection, tmp_path: Path, rows: Sequence[dict[str, Any]]
) -> None:
    with connection.begin_nested() as undo:
        log = jsonl(tmp_path / "log.jsonl", [row(9), *rows])
        imported(connection, log)
        found = list(reading.stream_histories(connection, "router"))
        (again,) = imported(connection, log)
        assert (again.new, again.verdicts) == (0, 0)
        lines = exporting.lines(connection, "router", history=True)
        export = jsonl(tmp_path / "export.jsonl", [json.loads(line) for line in lines])
        imported(connection, export, name="copy")
        assert list(reading.stream_histories(connection, "copy")) == found
        undo.rollback()


@pytest.mark.parametrize("judge", ["human", "Human:Anna", "llm:x", None])
def test_a_verdict_against_the_right_answer(
    judge: str | None, connection: Connection, tmp_path: Path
) -> None:
    """A human's verdict counts, else the metric's, which is the later one; both are kept."""
    log = jsonl(tmp_path / "l.jsonl", [row(expected="returns", verdict="pass", judge=judge)])
    (counts,) = imported(connection, log)
    assert counts.conflicts == 1
    ((trace, history),) = reading.stream_histories(connection, "router")
    assert [one.ruling for one in history] == [Ruling.PASS, Ruling.FAIL]
    assert trace.verdict is not None
    human = judge is not None and judge.lower().startswith("human")
    assert trace.verdict.ruling is (Ruling.PASS if human else Ruling.FAIL)
    assert trace.expected == (None if human else "returns")


def test_the_metric_judges_what_nobody_has(connection: Connection, tmp_path: Path) -> None:
    rows = [
        row(0, expected="Delivery "),
        row(1, expected="returns"),
        row(2, expected="brand new", output="brand new"),
        row(3, expected="brand new"),
        row(4, expected="returns", output=None),
        row(5, verdict="unjudged", judge="llm:x", reason="timeout", expected="delivery"),
        row(6, output="made up"),
    ]
    (counts,) = imported(connection, jsonl(tmp_path / "log.jsonl", rows))
    rulings = [one.verdict and one.verdict.ruling.value for one in stored(connection)]
    assert rulings == ["pass", "fail", "pass", "fail", "fail", "pass", None]
    assert (counts.conflicts, counts.odd_outputs, counts.new_labels) == (0, 2, 2)


def test_spans_and_free_text(connection: Connection, tmp_path: Path) -> None:
    span = {"start": 0, "end": 4, "label": "person"}
    rows = [
        {"id": 1, "input": "Anna is in Rome", "output": [span], "expected": [span]},
        {"id": 2, "input": "Anna is in Rome", "output": [], "expected": [span]},
        {"id": 3, "input": "nobody", "output": "no idea", "expected": []},
    ]
    log = jsonl(tmp_path / "spans.jsonl", rows)
    imported(connection, log, kind=Kind.EXTRACTION, name="ner")
    found = stored(connection, "ner")
    assert found[0].output == (Span(0, 4, "person"),)
    assert [one.verdict.ruling.value for one in found if one.verdict][:2] == ["pass", "fail"]
    assert found[2].output == "no idea"
    texts = [{"id": n, "input": "6*7?", "output": t, "expected": "42"} for n, t in
             enumerate(["the answer is 42", "43"])]  # fmt: skip
    log = jsonl(tmp_path / "texts.jsonl", texts)
    imported(connection, log, kind=Kind.GENERATION, name="calc")
    assert [one.output for one in stored(connection, "calc")] == ["the answer is 42", "43"]
    assert stored(connection, "calc")[1].verdict.ruling is Ruling.FAIL  # type: ignore[union-attr]


def test_every_container_tells_the_same(connection: Connection, tmp_path: Path) -> None:
    rows = [row(n, time=1.5e9 + n, metadata={"n": n}, expected="delivery") for n in range(5)]
    jsonl(tmp_path / "a.jsonl", rows)
    (tmp_path / "b.log").write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes(), mtime=0))
    (tmp_path / "c.json").write_text(json.dumps(rows, indent=1))
    with (tmp_path / "d.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows([one | {"metadata": json.dumps(one["metadata"])} for one in rows])
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "e")
    files = [tmp_path / name for name in ("a.jsonl", "b.log", "c.json", "d.csv", "e")]
    found = imported(connection, *files)
    assert [one.format for one in found] == ["jsonl", "jsonl", "json", "csv", "parquet"]
    assert [one.new for one in found] == [5, 0, 0, 0, 0]
    assert all(one.clashing == 0 and one.verdicts == (one.new and 5) for one in found)
    assert stored(connection)[3].metadata == {"n": 3}


def test_a_folder_and_what_it_holds_besides(connection: Connection, tmp_path: Path) -> None:
    jsonl(tmp_path / "b.jsonl", [row(1)])
    jsonl(tmp_path / "a.jsonl", [row(0)])
    (tmp_path / "card.md").write_text("# a log")
    heard: list[Event] = []
    import_paths(connection, [tmp_path], Settings("router", reader()), heard.append)
    assert [one.id for one in stored(connection)] == ["t0", "t1"]
    notes = [event.text for event in heard if isinstance(event, Note)]
    assert notes[0] == f"{tmp_path}: not read: card.md"
    assert notes[1].endswith("a.jsonl: read as jsonl")
    assert [e.share for e in heard if isinstance(e, Progress)][-1] == 1.0


BROKEN = [
    (b"{not json", "broken JSON"),
    (b'{"input": NaN, "output": "x"}', "NaN is not JSON"),
    (b"[1]", "a list instead of an object"),
    (b"7", "a bare value instead of an object"),
    (b'{"input": "a\xff", "output": "x"}', "not UTF-8: byte 0xff at position 13"),
    (b'{"input": "a\0", "output": "x"}', "binary"),
    (b'{"input": "a"}', "no column 'output'"),
    (b'{"output": "a"}', "no column 'input'"),
    (b'{"input": null, "output": "a"}', "column 'input' is null"),
    (b'{"input": 3, "output": "a"}', "column 'input' must be text, but holds a number"),
    (b'{"input": "a", "output": ["x", "y"]}', "multi-label"),
    (b'{"input": "a", "output": "x", "expected": {}}', "expected: column 'label' must be text"),
    (b'{"input": "a", "output": "x", "time": "noon"}', "column 'time' holds 'noon'"),
    (b'{"input": "a", "output": "x", "time": 1e999}', "column 'time' holds inf"),
    (b'{"input": "a", "output": "x", "time": []}', "column 'time' must be a time"),
    (b'{"input": "a", "output": "x", "verdict": "maybe"}', "verdict must be pass, fail or"),
    (b'{"input": "a", "output": "x", "confidence": 2}', "'confidence' must be from 0 to 1"),
    (b'{"input": "a", "output": "x", "confidence": true}', "'confidence' must be from 0 to 1"),
    (b'{"input": "a", "output": "x", "metadata": 3}', "'metadata' must be an object"),
    (b'{"input": "a", "output": "x", "id": {}}', "'id' must be text or a whole number"),
    (b'{"input": "a", "output": "x", "id": "' + b"i" * 600 + b'"}', "longer than 512"),
    (b'{"input": "a", "output": "x", "reason": 3, "verdict": 1}', "'reason' must be text"),
    (b'{"input": "a", "output": "x", "verdicts": [3]}', "'verdicts' must be a list of objects"),
    (b'{"input": "a", "output": "x", "verdicts": [{}]}', "without 'verdict' and without"),
    (b'{"a":' * 100_000, "nested too deep"),
    (
        b'{"input": "a", "output": "x", "metadata": {"m": ' + b"[" * 300 + b"]" * 300 + b"}}",
        "nested too deep",
    ),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN)
def test_a_broken_row_refuses_the_log_unless_it_may_be_skipped(
    line: bytes, reason: str, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    sound = json.dumps(row()).encode()
    log.write_bytes(sound + b"\n\n" + line + b"\n" + sound.replace(b"t0", b"t1") + b"\n")
    engine = open_engine(tmp_path / "db")
    with engine.connect() as connection, pytest.raises(DataError) as refused:
        imported(connection, log)
    assert reason in refused.value.message
    assert (refused.value.file, refused.value.row) == (str(log), 3)
    assert "--skip-broken" in str(refused.value)
    with engine.begin() as connection:
        assert stored(connection) == []
        (counts,) = imported(connection, log, skip_broken=True)
        assert (counts.new, counts.broken) == (2, 1)
        assert reason in counts.first_broken[0]
        assert counts.first_broken[0].startswith("row 3: ")
    engine.dispose()


def test_all_broken_rows_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    lines = ["{" if n % 3 == 0 else json.dumps(row(n)) for n in range(6000)]
    log.write_text("\n".join(lines) + "\n")
    engine = open_engine(tmp_path / "db")
    with engine.connect() as connection, pytest.raises(DataError) as refused:
        imported(connection, log)
    message = str(refused.value)
    assert message.startswith(f"{log}:1: broken JSON")
    assert "2000 of 6000 rows cannot be read, the next are row 4, row 7, row 10, row 13" in message
    with engine.connect() as connection:
        assert stored(connection) == []
    engine.dispose()


def test_a_row_of_ten_megabytes(connection: Connection, tmp_path: Path) -> None:
    large = row(0, input="x" * (MAX_RECORD - 200))
    log = jsonl(tmp_path / "large.jsonl", [large, row(1)])
    assert imported(connection, log)[0].new == 2
    assert len(stored(connection)[0].input) == MAX_RECORD - 200
    log = jsonl(tmp_path / "larger.jsonl", [row(2, input="x" * (3 * MAX_RECORD)), row(3)])
    (counts,) = imported(connection, log, skip_broken=True)
    assert (counts.new, counts.broken) == (1, 1)
    assert counts.first_broken == ["row 1: the row is longer than 10 MB"]


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_file_that_is_still_being_written(cut: int, tmp_path: Path) -> None:
    """An unfinished last line is left for the next import, wherever it is cut."""
    log = tmp_path / "log.jsonl"
    last = json.dumps(row(1, input="größer"), ensure_ascii=False).encode()
    whole = json.dumps(row(0)).encode() + b"\n" + last + b"\n"
    engine = open_engine(tmp_path / "db")
    with engine.begin() as connection:
        log.write_bytes(whole[: -1 - cut])
        (counts,) = imported(connection, log)
        assert (counts.new, counts.unfinished, counts.broken) == (1, 1, 0)
        log.write_bytes(whole)
        (counts,) = imported(connection, log)
        assert (counts.new, counts.known, counts.unfinished) == (1, 1, 0)
    engine.dispose()


def test_a_file_that_grows_while_it_is_read(connection: Connection, tmp_path: Path) -> None:
    """What is appended after the file was opened is for the next import: this one ends."""
    log = jsonl(tmp_path / "log.jsonl", [row(n) for n in range(3000)])
    appended = 3000

    def grow(event: Event) -> None:
        nonlocal appended
        if isinstance(event, Progress):
            with log.open("a") as stream:
                stream.writelines(json.dumps(row(appended + n)) + "\n" for n in range(500))
            appended += 500

    (first,) = import_paths(connection, [log], Settings("router", reader()), grow)
    size = appended
    assert 3000 <= first.new < size
    (second,) = imported(connection, log)
    assert (first.new + second.new, second.broken) == (size, 0)


def test_a_clock_that_goes_backwards(connection: Connection, tmp_path: Path) -> None:
    times: list[Any] = [5, 4, "2026-01-01", 1767225600000, None, 3]
    rows = [row(n, time=time) for n, time in enumerate(times)]
    (counts,) = imported(connection, jsonl(tmp_path / "log.jsonl", rows))
    assert (counts.new, counts.backwards) == (6, 2)
    assert [one.time for one in stored(connection)] == [5, 4, 1767225600, 1767225600, None, 3]


def test_hostile_text_is_stored_as_text(connection: Connection, tmp_path: Path) -> None:
    hostile = "'); DROP TABLE traces; --\u2028\x1b[31m\ud800\x00 {{7*7}}"
    log = jsonl(tmp_path / "l.jsonl", [row(0, input=hostile, metadata={hostile: [hostile]})])
    imported(connection, log)
    wanted = hostile.replace("\ud800", "\ufffd").replace("\x00", "\ufffd")
    (found,) = stored(connection)
    assert (found.input, found.metadata) == (wanted, {wanted: [wanted]})


def test_personal_data_is_taken_out_and_counted(connection: Connection, tmp_path: Path) -> None:
    rows = [
        row(0, input="I am a@b.org, card 4111 1111 1111 1111", reason="call +49 151 23456789",
            verdict="fail", metadata={"ip": ["10.0.0.1", 3]}),
        {"input": "I am c@d.org", "output": "billing"},
        {"input": "I am e@f.org", "output": "billing"},
    ]  # fmt: skip
    log = jsonl(tmp_path / "log.jsonl", rows)
    (counts,) = imported(connection, log, redact=True)
    assert counts.redacted == {"email": 3, "card": 1, "ip": 1, "phone": 1}
    found = stored(connection)
    assert found[0].input == "I am [EMAIL], card [CARD]"
    assert found[0].metadata == {"ip": ["[IP]", 3]}
    assert found[0].verdict is not None
    assert found[0].verdict.reason == "call [PHONE]"
    assert [one.input for one in found[1:]] == ["I am [EMAIL]"] * 2
    assert imported(connection, log, redact=True)[0].new == 0


def test_spans_follow_a_redacted_text(connection: Connection, tmp_path: Path) -> None:
    text = "a@b.org wrote to Anna in Rome"
    spans = [
        {"start": 0, "end": 7, "label": "person"},
        {"start": 17, "end": 21, "label": "person"},
    ]
    log = jsonl(tmp_path / "l.jsonl", [{"input": text, "output": spans, "expected": spans[1:]}])
    imported(connection, log, kind=Kind.EXTRACTION, redact=True)
    (found,) = stored(connection)
    assert isinstance(found.output, tuple)
    assert isinstance(found.expected, tuple)
    assert [found.input[one.start : one.end] for one in found.output] == ["[EMAIL]", "Anna"]
    assert [found.input[one.start : one.end] for one in found.expected] == ["Anna"]


def test_nothing_of_a_refused_import_is_left(engine: Engine, tmp_path: Path) -> None:
    """Also not of the files before the refused one."""
    good = jsonl(tmp_path / "a.jsonl", [row(n) for n in range(2500)])
    bad = tmp_path / "b.jsonl"
    bad.write_text("{\n")
    with pytest.raises(DataError), engine.begin() as connection:
        imported(connection, good, bad)
    with engine.begin() as connection:
        assert stored(connection) == []
        assert reading.imports(connection, "router") == []


def test_the_version_that_answered(connection: Connection, tmp_path: Path) -> None:
    log = jsonl(tmp_path / "l.jsonl", [row(0), row(1, model="router@1"), row(2, model="gpt")])
    (counts,) = imported(connection, log, version="router@2")
    assert counts.models == {"router@2": 1, "router@1": 1, "gpt": 1}
    assert [one.model for one in stored(connection)] == ["router@2", "router@1", "gpt"]


def test_an_id_is_used_for_two_calls(connection: Connection, tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", [row(0), row(0, input="another call")])
    (counts,) = imported(connection, log)
    assert (counts.new, counts.known, counts.clashing) == (1, 1, 1)
