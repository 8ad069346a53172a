"""Logs of other tools, told by their content and read as traces."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from pioneer.errors import ArgumentError, DataError
from pioneer.records import Ruling, Trace
from pioneer.store.engine import open_engine
from pioneer.traces import reading
from pioneer.traces.formats import check_name, formats, names
from pioneer.traces.records import Broken, Record, Skipped
from tests.traces import samples
from tests.traces.helpers import imported, jsonl

FORMATS: dict[str, tuple[str, Callable[[], list[dict[str, Any]]]]] = {
    "chat completions": ("openai", samples.openai_pairs),
    "responses": ("openai", samples.openai_responses),
    "conversations": ("openai", samples.openai_conversations),
    "otel attributes": ("otel", lambda: samples.otel_attributes(as_text=False)),
    "otel attributes as text": ("otel", lambda: samples.otel_attributes(as_text=True)),
    "otel span events": ("otel", samples.otel_span_events),
    "otel numbered": ("otel", samples.otel_numbered),
    "otel details": ("otel", samples.otel_details),
    "otel messages": ("otel", samples.otel_message_logs),
    "langfuse ui": ("langfuse", samples.langfuse_ui),
    "langfuse blob": ("langfuse", samples.langfuse_blob),
    "phoenix spans": ("phoenix", samples.phoenix_spans),
    "phoenix traces": ("phoenix", samples.phoenix_traces),
    "phoenix frame": ("phoenix", samples.phoenix_frame),
    "mlflow 3": ("mlflow", samples.mlflow_traces),
    "mlflow 2": ("mlflow", samples.mlflow_two),
    "mlflow frame": ("mlflow", samples.mlflow_frame),
}
UNTIMED = ("conversations",)


@pytest.fixture
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    engine = open_engine(tmp_path_factory.mktemp("db") / "db")
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def stored(connection: Connection) -> dict[str, Trace]:
    return {one.input: one for one in reading.stream(connection, "router")}


def told(connection: Connection) -> dict[str, Any]:
    return {text: one.output for text, one in stored(connection).items()}


WANTED = dict(zip(samples.ASKED, samples.ANSWERED, strict=True))


@pytest.mark.parametrize("name", FORMATS)
def test_every_shape_is_recognised_and_says_the_same(
    name: str, connection: Connection, tmp_path: Path
) -> None:
    form, rows = FORMATS[name]
    log = jsonl(tmp_path / "some.log", rows())
    (counts,) = imported(connection, log)
    assert counts.format == form
    assert told(connection) == WANTED
    times = {one.time for one in stored(connection).values()}
    assert times == ({None} if name in UNTIMED else {samples.TIME})
    assert (counts.new, counts.broken) == (2, 0)
    (again,) = imported(connection, log)
    assert (again.new, again.verdicts) == (0, 0)


@pytest.mark.parametrize("name", FORMATS)
def test_every_shape_as_one_document(name: str, connection: Connection, tmp_path: Path) -> None:
    """An array, pretty-printed as people save it; a single record too where it is one."""
    _, rows = FORMATS[name]
    found = rows()
    (tmp_path / "log.json").write_text(json.dumps(found[0] if len(found) == 1 else found, indent=2))
    imported(connection, tmp_path / "log.json")
    assert told(connection) == WANTED


def _as_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow({k: v if isinstance(v, str) else json.dumps(v) for k, v in row.items()})
    return path


TABLES = [
    *(("csv", name) for name in ("langfuse ui", "langfuse blob", "phoenix frame", "mlflow frame")),
    *(("parquet", name) for name in ("langfuse blob", "phoenix frame", "mlflow frame")),
]


@pytest.mark.parametrize(("container", "name"), TABLES)
def test_tables(name: str, container: str, connection: Connection, tmp_path: Path) -> None:
    rows = [row | {"parent_id": None} for row in FORMATS[name][1]()]
    if container == "csv":
        log = _as_csv(tmp_path / "t.csv", rows)
    else:
        log = tmp_path / "t.parquet"
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), log)
    (counts,) = imported(connection, log)
    assert (counts.format, counts.broken) == (FORMATS[name][0], 0)
    assert told(connection) == WANTED


def test_what_is_no_call_is_counted(connection: Connection, tmp_path: Path) -> None:
    logs = {
        "otel attributes": {"a span that is no model call": 2},
        "otel span events": {"a model call whose content was not recorded": 1},
        "langfuse ui": {"an observation that is no generation": 1},
        "phoenix spans": {"a span that is no model call": 1},
        "chat completions": {"a call that failed": 1},
    }
    for number, (name, wanted) in enumerate(logs.items()):
        log = jsonl(tmp_path / f"{number}.jsonl", FORMATS[name][1]())
        (counts,) = imported(connection, log, name=f"m{number}")
        assert counts.skipped == wanted


def test_spans_and_their_events_are_one(connection: Connection, tmp_path: Path) -> None:
    spans = jsonl(tmp_path / "spans.jsonl", samples.otel_attributes(as_text=False))
    logs = jsonl(tmp_path / "logs.jsonl", samples.otel_details())
    assert [one.new for one in imported(connection, spans, logs)] == [2, 0]


def history(connection: Connection, text: str) -> list[tuple[str, str, str, Any]]:
    return [
        (one.ruling.value, one.judge, one.reason, one.expected)
        for trace, said in reading.stream_histories(connection, "router")
        if trace.input == text
        for one in said
    ]


def test_verdicts_of_other_tools(connection: Connection, tmp_path: Path) -> None:
    expected = {
        "otel attributes": [("fail", "evaluation:Correctness", "it is about money", None)],
        "phoenix spans": [("fail", "human:anna", "about money", None)],
        "mlflow 3": [
            ("fail", "human:anna", "about money", None),
            ("fail", "human:anna", "", "billing"),
        ],
    }
    for name, wanted in expected.items():
        with connection.begin_nested() as undo:
            imported(connection, jsonl(tmp_path / "log.jsonl", FORMATS[name][1]()))
            assert history(connection, samples.ASKED[0]) == []
            assert history(connection, samples.ASKED[1]) == wanted
            undo.rollback()
    imported(connection, jsonl(tmp_path / "log.jsonl", samples.mlflow_traces()))
    scores = stored(connection)[samples.ASKED[1]].metadata["scores"]
    assert scores == {"relevance": "yes", "expected_facts": '["one","two"]'} or scores == {
        "relevance": "yes",
        "expected_facts": ["one", "two"],
    }


def test_the_user_says_which_score_is_the_verdict(connection: Connection, tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", samples.mlflow_traces())
    imported(connection, log, score="relevance")
    assert history(connection, samples.ASKED[1])[0] == ("fail", "human:anna", "", "billing")
    assert history(connection, samples.ASKED[1])[1] == ("pass", "llm:gpt", "", None)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_langfuse_scores_find_their_observations(
    order: tuple[int, int], connection: Connection, tmp_path: Path
) -> None:
    """By the observation's id, or as the only generation of their trace; in any order of files."""
    files = [
        jsonl(tmp_path / "observations.jsonl", samples.langfuse_blob()),
        jsonl(tmp_path / "scores.jsonl", samples.langfuse_scores()),
    ]
    found = imported(connection, *(files[place] for place in order))
    assert [one.format for one in found] == ["langfuse", "langfuse-scores"]
    assert (found[1].verdicts, found[1].homeless) == (3, 1)
    assert found[1].skipped == {"a score that is no verdict": 2}
    assert history(connection, samples.ASKED[0]) == [("pass", "llm:correctness", "", None)]
    assert history(connection, samples.ASKED[1]) == [
        ("fail", "human:anna", "about money", None),
        ("fail", "human:anna", "", "billing"),
    ]
    trace = stored(connection)[samples.ASKED[1]]
    assert trace.expected == "billing"
    assert trace.verdict is not None
    assert trace.verdict.ruling is Ruling.FAIL
    assert trace.metadata["customer_tier"] == "pro"
    assert imported(connection, *files)[1].verdicts == 0


def test_a_score_on_another_step_of_a_request_is_not_the_calls(
    connection: Connection, tmp_path: Path
) -> None:
    """A retriever's score, say: not even where the request has one call only."""
    score = samples.langfuse_scores()[0] | {"observation_id": "retriever"}
    files = [
        jsonl(tmp_path / "a.jsonl", samples.langfuse_blob()),
        jsonl(tmp_path / "b.jsonl", [score]),
    ]
    assert imported(connection, *files)[1].homeless == 1


def test_an_evaluation_as_a_log_record(connection: Connection, tmp_path: Path) -> None:
    held = {"gen_ai.evaluation.name": "Accuracy", "gen_ai.evaluation.score.value": 1.0}
    names = {"gen_ai.evaluation.name": "Toxicity", "gen_ai.evaluation.score.value": 1.0}
    records = [
        samples.log_record(0, "gen_ai.evaluation.result", attributes=samples.attributes(held)),
        samples.log_record(0, "gen_ai.evaluation.result", attributes=samples.attributes(names)),
    ]
    rows = [*samples.otel_details(), samples.resource_logs(*records)]
    (counts,) = imported(connection, jsonl(tmp_path / "log.jsonl", rows))
    assert (counts.new, counts.verdicts) == (2, 1)
    assert counts.skipped == {"a score that is no verdict": 1}
    assert history(connection, samples.ASKED[0]) == [("pass", "evaluation:Accuracy", "", None)]


def test_a_score_on_a_request_of_several_calls_has_no_home(
    connection: Connection, tmp_path: Path
) -> None:
    rows = [row | {"trace_id": "trace_1"} for row in samples.langfuse_blob()]
    files = [
        jsonl(tmp_path / "a.jsonl", rows),
        jsonl(tmp_path / "b.jsonl", samples.langfuse_scores()),
    ]
    assert imported(connection, *files)[1].homeless == 3


def test_a_downloaded_langfuse_trace(connection: Connection, tmp_path: Path) -> None:
    (tmp_path / "trace.json").write_text(json.dumps(samples.langfuse_download(), indent=2))
    (counts,) = imported(connection, tmp_path / "trace.json")
    assert (counts.new, told(connection)) == (1, {samples.ASKED[0]: samples.ANSWERED[0]})
    assert history(connection, samples.ASKED[0]) == [("fail", "human", "no", None)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_batch_and_its_requests(
    order: tuple[int, int], connection: Connection, tmp_path: Path
) -> None:
    files = [
        jsonl(tmp_path / "input.jsonl", samples.batch_input()),
        jsonl(tmp_path / "output.jsonl", samples.batch_output()),
    ]
    found = imported(connection, *(files[place] for place in order))
    assert [one.format for one in found] == ["openai-batch-input", "openai-batch"]
    assert told(connection) == WANTED
    assert found[1].skipped == {"a call that failed": 1}


def test_a_batch_without_its_requests_is_refused(connection: Connection, tmp_path: Path) -> None:
    log = jsonl(tmp_path / "output.jsonl", samples.batch_output())
    with pytest.raises(DataError, match="give the batch's input file too"):
        imported(connection, log)


def test_tool_calls_and_structured_answers(connection: Connection, tmp_path: Path) -> None:
    call = samples.completion("")
    call["choices"][0]["message"] = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": '{"label":"billing"}'}}],
    }
    parts = [{"type": "text", "text": "see"}, {"type": "image_url"}, {"type": "text", "text": "x"}]
    asked = [{"role": "user", "content": parts}]
    log = jsonl(tmp_path / "l.jsonl", [{"request": {"messages": asked}, "response": call}])
    imported(connection, log)
    assert told(connection) == {"see\nx": '{"label":"billing"}'}


def test_the_format_can_be_named(connection: Connection, tmp_path: Path) -> None:
    log = jsonl(tmp_path / "log.jsonl", samples.mlflow_frame())
    assert imported(connection, log, form="mlflow")[0].new == 2
    with pytest.raises(DataError, match="--format csv, but the file is jsonl"):
        imported(connection, log, form="csv")
    with pytest.raises(DataError, match="no column 'input'"):
        imported(connection, log, form="jsonl")
    with pytest.raises(ArgumentError, match="unknown --format 'excel'"):
        check_name("excel")
    assert check_name(None) is None
    assert {"otel", "langfuse", "phoenix", "mlflow", "openai", "openai-batch"} <= {*names()}


def test_what_is_no_log_is_refused(connection: Connection, tmp_path: Path) -> None:
    log = jsonl(tmp_path / "a.jsonl", [{"text": "hello", "label": "billing"}])
    with pytest.raises(DataError, match="no log format that is known; columns here: text, label"):
        imported(connection, log)
    for text, reason in (
        ("# A title\nsome words\n", "no log format that is known; columns here: # A title"),
        ("# A title\nsome words, and more\n", "2 fields under 1 columns"),
        ("id,input,output\n", "the file has no rows"),
        ("a;b\n1;2\n", "columns are separated by semicolons"),
        ("a,a\n1,2\n", "the header names 'a' twice"),
        ("[]", "the file has no rows"),
        ("[1]", "it is no object"),
        ("", "the file is empty"),
        (" \n\n", "the file is empty"),
        ("\0\1\2", "the file is binary"),
    ):
        (tmp_path / "b.md").write_text(text)
        with pytest.raises(DataError, match=reason):
            imported(connection, tmp_path / "b.md")


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
keys = sorted({key for _, rows in FORMATS.values() for row in rows() for key in row})


@settings(max_examples=300)
@given(st.lists(st.dictionaries(st.sampled_from(keys), junk, max_size=8), min_size=1, max_size=3))
def test_no_format_falls_over_junk(records: list[dict[str, Any]]) -> None:
    """Whatever stands under the known keys, every reader gives items and raises nothing."""
    for form in formats().known:
        items = [Record(number, fields) for number, fields in enumerate(records)]
        form.recognises(records[0])
        for item in form.reads(iter(items)):
            assert isinstance(item, Record | Broken | Skipped)


def _bent(value: Any, draw: st.DataObject) -> Any:
    """The value with some of its parts exchanged for junk."""
    if draw.draw(st.integers(0, 12)) == 0:
        return draw.draw(junk)
    if isinstance(value, dict):
        return {key: _bent(inner, draw) for key, inner in value.items()}
    if isinstance(value, list):
        return [_bent(inner, draw) for inner in value]
    return value


@settings(max_examples=30)
@given(st.data(), st.sampled_from(sorted(FORMATS)))
def test_no_format_falls_over_a_bent_log(draw: st.DataObject, name: str) -> None:
    records = [
        Record(1, bent) for row in FORMATS[name][1]() if isinstance(bent := _bent(row, draw), dict)
    ]
    for form in formats().known:
        for item in form.reads(iter(records)):
            assert isinstance(item, Record | Broken | Skipped)
