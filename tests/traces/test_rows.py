"""One trace row, read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pioneer.errors import DataError
from pioneer.records import Kind, Ruling, Trace
from pioneer.traces.rows import Said, Telling, content_id, read_time
from pioneer.traces.words import about_rightness, ruling_of
from tests.traces.helpers import reader, row

COLUMNS = (
    "id", "time", "model", "input", "output", "expected", "verdict", "judge", "reason",
    "confidence", "metadata", "parent", "verdicts",
)  # fmt: skip
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", Kind)
@settings(max_examples=60)
@given(fields=st.dictionaries(st.sampled_from(COLUMNS), junk), sound=st.booleans())
def test_any_row_is_read_or_refused_in_words(
    kind: Kind, fields: dict[str, Any], sound: bool
) -> None:
    fields = {"input": "hello", "output": "x", **fields} if sound else fields
    try:
        said = reader(kind).row(fields)
    except DataError as error:
        assert error.message
    else:
        assert isinstance(said, Said | Telling)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)), st.integers(-12, 12))
def test_a_time_is_the_same_however_it_is_written(moment: datetime, hours: int) -> None:
    moment = moment.replace(tzinfo=UTC)
    seconds = moment.timestamp()
    local = moment.astimezone(timezone(timedelta(hours=hours)))
    for written in (moment.isoformat(), local.isoformat(), moment.replace(tzinfo=None).isoformat(),
                    f"{moment.replace(tzinfo=None)} UTC", seconds, str(seconds)):  # fmt: skip
        assert read_time(written) == pytest.approx(seconds, abs=1e-3)
    if seconds > 1e9:
        for unit in (1e3, 1e6, 1e9):
            assert read_time(int(seconds * unit)) == pytest.approx(seconds, abs=1e-3)


def test_the_identity_of_a_call_is_what_it_said_not_what_was_said_of_it() -> None:
    call = Trace("", "hi", "a", 1.0, "m@1", 0.5, {"b": 1, "a": 2})
    same = replace(call, id="x", expected="b", metadata={"a": 2, "b": 1})
    assert content_id(same) == content_id(call)
    for other in (
        replace(call, input="ho"),
        replace(call, output="b"),
        replace(call, output=None),
        replace(call, time=2.0),
        replace(call, model=None),
        replace(call, confidence=0.4),
        replace(call, metadata={}),
        replace(call, parent="p"),
    ):
        assert content_id(other) != content_id(call)
    assert len(content_id(call)) == 32


def test_a_verdict_takes_the_right_answer_that_it_agrees_with() -> None:
    said = reader().row(row(expected="returns", verdict="fail", judge="human"))
    assert isinstance(said, Said)
    assert [one.expected for one in said.verdicts] == ["returns", "returns"]
    said = reader().row(row(expected="returns", verdict="pass", judge="human"))
    assert isinstance(said, Said)
    assert [one.expected for one in said.verdicts] == [None, "returns"]
    assert said.conflict
    said = reader().row(row(verdict="pass"))
    assert isinstance(said, Said)
    assert [(one.judge, one.expected) for one in said.verdicts] == [("unnamed", None)]


def test_a_correction_alone_is_ruled_by_the_metric_in_the_name_of_who_gave_it() -> None:
    said = reader().row(row(verdicts=[{"judge": "human:a", "expected": "delivery"}]))
    assert isinstance(said, Said)
    assert [(one.ruling, one.judge) for one in said.verdicts] == [(Ruling.PASS, "human:a")]


@pytest.mark.parametrize(
    ("word", "ruling"),
    [("Pass", "pass"), (True, "pass"), (1, "pass"), (1.0, "pass"), ("thumbs up", "pass"),
     ("FAILED", "fail"), (False, "fail"), ("0", "fail"), (" incorrect ", "fail"),
     ("unsure", "unjudged"), ("n/a", "unjudged")],
)  # fmt: skip
def test_how_verdicts_are_written(word: Any, ruling: str) -> None:
    found = ruling_of(word)
    assert found is not None
    assert found.value == ruling


def test_other_words_are_no_verdict() -> None:
    assert [ruling_of(word) for word in ("", "maybe", 0.5, 2, [])] == [None] * 5


def test_which_scores_speak_of_being_right() -> None:
    assert about_rightness("Correctness", None)
    assert about_rightness("user-feedback", None)
    assert not about_rightness("toxicity", None)
    assert about_rightness("toxicity", "toxicity")
    assert not about_rightness("Correctness", "toxicity")
