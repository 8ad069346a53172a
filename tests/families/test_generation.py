"""What only generation does: reading what metrics need, and telling when answers agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.errors import DataError, RecipeError
from pioneer.families import family
from pioneer.families.generation.answers import final_answer, same_answer, same_text, token_f1
from pioneer.records import Example, Kind, Prediction, RowStat, Task

FAMILY = family(Kind.GENERATION)


def scored(example: Example, output: str | None, metric: str = "answer_match") -> RowStat:
    task = Task(Kind.GENERATION, "answer", (), metric)
    return FAMILY.score_row(task, example, Prediction(output, 0.5))


def test_what_metrics_need_is_kept() -> None:
    row = {
        "prompt": "p",
        "completion": "c",
        "answer": 18,
        "answers": '["a", "b"]',
        "tests": "def check(f):\n    assert f(1)",
        "entry_point": "f",
        "level": 3,
    }
    assert FAMILY.parse(row).extra == {
        "answer": "18",
        "answers": ["a", "b"],
        "tests": ["def check(f):\n    assert f(1)"],
        "entry_point": "f",
    }


@pytest.mark.parametrize(
    ("column", "value"),
    [("answer", ["18"]), ("answer", True), ("answers", [1]), ("references", {"a": 1})],
)
def test_what_metrics_cannot_use_is_refused(column: str, value: object) -> None:
    with pytest.raises(DataError, match=f"column '{column}' must be"):
        FAMILY.parse({"prompt": "p", "completion": "c", column: value})


def test_one_prompt_may_have_several_completions() -> None:
    rows = [Example("r0", "hi", "hello"), Example("r1", "hi", "good day"), Example("r2", "x", "y")]
    assert FAMILY.clean(rows) == (rows, [])


@pytest.mark.parametrize(
    ("wanted", "output", "same"),
    [
        ("18", "She makes 9 * 2 = 18 every day.\n#### 18", True),
        ("18", "#### 17", False),
        ("18", "The answer is $18.00.", True),
        ("1200", "That makes 1,200 in all", True),
        ("-5", "it is 5", False),
        ("0.5", r"so \boxed{0.50}", True),
        ("18", "first 18, then 20", False),
        ("18", "no number here", False),
        ("B", "Answer: b", True),
        ("B", "Answer: C", False),
        ("The Beatles", "beatles!", True),
        ("a", "the", False),
        ("1" * 60, "1" * 60, True),
    ],
)
def test_final_answers_are_compared_by_meaning(wanted: str, output: str, same: bool) -> None:
    assert same_answer(wanted, output) is same


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ('{"a": 1, "b": 2}', '{ "b": 2, "a": 1 }', True),
        ('{"a": -1}', '{"a": 1}', False),
        ('{"a": "X"}', '{"a": "x"}', False),
        ("Hello  World", "hello world", True),
        ("[" * 5000, "[" * 5000, True),
        ("x = -1", "x = 1", False),
    ],
)
def test_texts_agree_case_aside_and_json_by_value(left: str, right: str, same: bool) -> None:
    assert same_text(left, right) is same


@given(st.text())
def test_a_text_agrees_with_itself(text: str) -> None:
    assert same_text(text, text)
    assert token_f1(text, text) == 1.0
    assert final_answer(text) == final_answer(text).strip()


@given(st.text(max_size=30), st.text(max_size=30))
def test_agreement_has_no_direction_and_no_crash(left: str, right: str) -> None:
    assert same_text(left, right) == same_text(right, left)
    assert 0.0 <= token_f1(left, right) == token_f1(right, left) <= 1.0
    same_answer(left, right)


def test_token_f1_counts_repetitions() -> None:
    assert token_f1("red red blue", "red blue blue") == pytest.approx(2 / 3)


def test_any_answer_or_reference_will_do() -> None:
    row = Example("r", "who", "Bobby Scott", extra={"answers": ["Bobby Scott", "Bob Russell"]})
    assert scored(row, "It was, the answer is Bob Russell").score == 1.0
    summary = Example("r", "sum up", "long text here", extra={"references": ["short text"]})
    assert scored(summary, "Short  text", "exact_match").score == 1.0


def test_a_row_holds_the_value_of_every_metric() -> None:
    row = Example("r", "how many", "There are two. #### 2", extra={"answer": "2"})
    stat = scored(row, "it must be 2", "token_f1")
    assert stat.score == FAMILY.aggregate([stat], "token_f1")
    assert FAMILY.aggregate([stat], "answer_match") == 1.0
    assert FAMILY.aggregate([stat], "exact_match") == 0.0


def test_real_bases_are_refused_with_the_way_out() -> None:
    with pytest.raises(RecipeError, match="--base fake"):
        FAMILY.space(Task(Kind.GENERATION, "x", (), "exact_match"), ["smollm2-135m"], 100)
