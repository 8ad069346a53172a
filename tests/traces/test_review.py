"""What a human is asked, and what becomes of the answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection

from pioneer.errors import ArgumentError, DataError
from pioneer.records import Ruling, Verdict
from pioneer.traces import reading, review, store
from pioneer.traces.review import (
    Answer,
    answer,
    answer_of,
    doubtful_first,
    parse_answer,
    signed,
    unjudged_first,
    wrong_first,
)
from tests.traces.helpers import imported, jsonl, reader, row


@pytest.fixture
def log(connection: Connection, tmp_path: Path) -> Connection:
    rows = [
        row(0, confidence=0.9),
        row(1, confidence=0.2),
        row(2),
        row(3, confidence=0.1, verdict="unjudged", judge="llm:x"),
        row(4, confidence=0.3, verdict="fail", judge="llm:x"),
        row(5, confidence=0.05, expected="delivery"),
        row(6, confidence=0.01, verdict="pass", judge="human"),
        row(7, confidence=0.0, verdict="unjudged", judge="human"),
    ]
    imported(connection, jsonl(tmp_path / "log.jsonl", rows))
    return connection


def test_the_unjudged_come_first_then_the_machines_the_least_sure_first(log: Connection) -> None:
    asked = unjudged_first(log, "router", 20)
    assert [one.trace.id for one in asked] == ["t2", "t3", "t1", "t0", "t5", "t4"]
    assert [one.why for one in asked[3:]] == [
        "nobody has judged it",
        "only metric:accuracy has judged it",
        "only llm:x has judged it",
    ]
    assert [one.trace.id for one in unjudged_first(log, "router", 2)] == ["t2", "t3"]
    assert unjudged_first(log, "router", 0) == []
    assert unjudged_first(log, "nobody", 5) == []


def test_failures_without_a_right_answer_are_asked_for_it(
    connection: Connection, tmp_path: Path
) -> None:
    rows = [
        row(0, verdict="fail", judge="human"),
        row(1, expected="returns", verdict="fail", judge="human"),
        row(2, confidence=0.1),
        row(3, verdict="fail", judge="llm:x"),
        row(4, verdict="pass", judge="human"),
    ]
    imported(connection, jsonl(tmp_path / "log.jsonl", rows))
    assert [one.trace.id for one in wrong_first(connection, "router", 20)] == ["t3", "t0"]
    order = doubtful_first({"t4": float("inf"), "t0": 0.0})
    asked = order(connection, "router", 20)
    assert [one.trace.id for one in asked] == ["t4", "t3", "t0", "t2"]
    assert asked[1].why == "it is wrong, but nobody said what is right"
    assert [one.trace.id for one in order(connection, "router", 2)] == ["t4", "t3"]
    given = [Answer("t0", {"verdict": "unjudged"}), Answer("t3", {"expected": "delivery"})]
    answer(connection, "router", given, reader(), "anna")
    assert wrong_first(connection, "router", 20) == []


def test_answers_are_verdicts_of_a_human(log: Connection) -> None:
    given = [
        Answer("t0", {"expected": "Delivery"}),
        Answer("t1", {"expected": "returns", "reason": "it came back"}),
        Answer("t2", {"verdict": "fail"}),
        Answer("t4", {"expected": "a new label"}),
        Answer("t3", {"verdict": "unjudged", "judge": "bob"}),
    ]
    done = answer(log, "router", given, reader(), "anna")
    assert (done.answers, done.passed, done.failed, done.unjudged) == (5, 1, 3, 1)
    assert done.new_labels == 1
    found = {one.id: one for one in reading.stream(log, "router")}
    assert found["t1"].expected == "returns"
    verdict = found["t1"].verdict
    assert verdict is not None
    assert (verdict.ruling, verdict.judge, verdict.reason) == (
        Ruling.FAIL,
        "human:anna",
        "it came back",
    )
    assert [one.trace.id for one in unjudged_first(log, "router", 20)] == ["t5"]


def test_a_human_may_say_it_again_or_otherwise(log: Connection) -> None:
    for label in ("returns", "returns", "delivery"):
        answer(log, "router", [Answer("t0", {"expected": label})], reader(), "human")
    seq = store.numbers(log, "router", ["t0"])["t0"]
    history = reading.histories(log, [seq])[seq]
    assert [one.ruling.value for one in history] == ["fail", "fail", "pass"]
    trace = reading.by_number(log, seq)
    assert trace.verdict is not None
    assert trace.verdict.ruling is Ruling.PASS


def test_one_wrong_answer_is_named(log: Connection) -> None:
    with pytest.raises(ArgumentError, match="router has no trace 'nobody'"):
        answer(log, "router", [Answer("nobody", {"expected": "x"})], reader(), "human")


def test_an_answer_on_the_command_line(connection: Connection, tmp_path: Path) -> None:
    rows = [row(0), row(1, id="a=b"), row(2, id="a")]
    imported(connection, jsonl(tmp_path / "log.jsonl", rows))
    assert parse_answer(connection, "router", "t0=x=y") == Answer("t0", {"expected": "x=y"})
    assert parse_answer(connection, "router", "a=b=c") == Answer("a", {"expected": "b=c"})
    with pytest.raises(ArgumentError, match="takes ID=LABEL"):
        parse_answer(connection, "router", "t0")
    with pytest.raises(ArgumentError, match="has no trace 'x'"):
        parse_answer(connection, "router", "x=y")


def test_a_row_of_answers() -> None:
    assert answer_of({"id": 3, "label": "x"}) == Answer("3", {"expected": "x"})
    assert answer_of({"id": "a", "verdict": "pass", "judge": "bob", "other": 1}) == Answer(
        "a", {"verdict": "pass", "judge": "bob"}
    )
    for fields in (
        {"label": "x"},
        {"id": None, "label": "x"},
        {"id": "a"},
        {"id": "a", "verdict": ""},
    ):
        with pytest.raises(DataError, match="an answer needs"):
            answer_of(fields)


def test_who_answers_is_human() -> None:
    for judge in ("anna", "human", "Human: Bob", "humanoid", "llm:x"):
        assert Verdict(Ruling.PASS, signed(judge)).human
    assert signed("human") == "human"
    assert signed("anna") == "human:anna"


def test_the_order_is_one_callable() -> None:
    order: review.Order = unjudged_first
    assert callable(order)
