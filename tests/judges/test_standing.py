"""Which verdict counts, as laws."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.judges.standing import majority, standing
from pioneer.records import Ruling, Verdict

PASS, FAIL, UNJUDGED = Ruling.PASS, Ruling.FAIL, Ruling.UNJUDGED

verdicts = st.builds(
    Verdict,
    st.sampled_from(Ruling),
    st.sampled_from(["human", "human:a", "human:b", "llm:x", "metric:accuracy", "humanoid"]),
    st.just(""),
    st.none() | st.sampled_from(["x", "y", ()]),
    st.none() | st.floats(0, 10),
)
histories = st.lists(verdicts, max_size=6)


def said(ruling: Ruling, judge: str, at: float | None = None, answer: str | None = None) -> Verdict:
    return Verdict(ruling, judge, "", answer, at)


@given(histories)
def test_one_of_the_history_counts(history: list[Verdict]) -> None:
    counts = standing(history)
    assert (counts is None) is (not history)
    if counts is not None:
        assert replace(counts, expected=None) in [replace(one, expected=None) for one in history]
        assert counts.expected in {None, *(one.expected for one in history)}


@given(histories)
def test_humans_count_over_machines_and_rulings_over_none(history: list[Verdict]) -> None:
    counts = standing(history)
    decided = [one for one in history if one.ruling is not UNJUDGED]
    if decided and counts is not None:
        assert counts.ruling is not UNJUDGED
        assert counts.human is any(one.human for one in decided)


@given(histories, verdicts.filter(lambda one: not one.human))
def test_no_machine_changes_what_a_human_said(history: list[Verdict], machine: Verdict) -> None:
    counts, then = standing(history), standing([*history, machine])
    if counts is not None and counts.human and counts.ruling is not UNJUDGED:
        assert then is not None
        assert (then.ruling, then.judge) == (counts.ruling, counts.judge)


@given(histories, st.sampled_from(["llm:x", "metric:accuracy"]))
def test_a_broken_judge_changes_nothing(history: list[Verdict], judge: str) -> None:
    counts = standing(history)
    if counts is not None and counts.ruling is not UNJUDGED:
        assert standing([*history, said(UNJUDGED, judge, 99)]) == counts


def test_the_later_counts_by_time_then_by_order() -> None:
    assert standing([said(PASS, "llm:x", 5), said(FAIL, "llm:y", 4)]) == said(PASS, "llm:x", 5)
    assert standing([said(PASS, "llm:x", 5), said(FAIL, "llm:y", 5)]) == said(FAIL, "llm:y", 5)
    assert standing([said(PASS, "llm:x", 5), said(FAIL, "llm:y")]) == said(FAIL, "llm:y")
    assert standing([said(PASS, "human:a", 1), said(FAIL, "human:a", 2)]) == said(
        FAIL, "human:a", 2
    )


def test_several_humans_vote_and_a_split_goes_to_the_later() -> None:
    three = [said(PASS, "human:a", 1), said(PASS, "human:b", 2), said(FAIL, "human:c", 3)]
    assert standing(three) == three[1]
    assert standing(three[1:]) == three[2]
    changed = [*three, said(FAIL, "human:a", 4)]
    assert standing(changed) == changed[3]


def test_the_right_answer_comes_from_who_agrees() -> None:
    metric = said(FAIL, "metric:accuracy", 1, "x")
    assert standing([metric, said(FAIL, "human", 2)]) == said(FAIL, "human", 2, "x")
    assert standing([metric, said(PASS, "human", 2)]) == said(PASS, "human", 2)
    assert standing([metric, said(FAIL, "human", 2, "y")]) == said(FAIL, "human", 2, "y")


def test_majority_of_humans() -> None:
    votes = [said(PASS, "human:a", 1, "x"), said(PASS, "human:b", 2, "x"), said(FAIL, "human:c", 3)]
    assert majority(votes) == Verdict(PASS, "majority", "2 of 3 humans", "x")
    assert majority([*votes, said(FAIL, "human:a", 4)]).ruling is FAIL
    assert majority(votes[1:]) == Verdict(UNJUDGED, "majority", "1 of 2 humans")
    assert majority([said(FAIL, "llm:x")]) == Verdict(UNJUDGED, "majority", "no human judged it")
    assert majority([said(UNJUDGED, "human")]).ruling is UNJUDGED


@given(histories)
def test_where_humans_agree_they_are_the_majority(history: list[Verdict]) -> None:
    rulings = {one.ruling for one in history if one.human and one.ruling is not UNJUDGED}
    found = majority(history).ruling
    assert found in {*rulings, UNJUDGED}
    if len(rulings) == 1:
        assert {found} == rulings
        counts = standing(history)
        assert counts is not None
        assert counts.ruling is found


@pytest.mark.parametrize(
    ("judge", "human"),
    [("human", True), ("Human: Anna", True), ("human-1", True), ("humanoid", False), ("", False),
     ("llm:human", False)],
)  # fmt: skip
def test_who_is_human(judge: str, human: bool) -> None:
    assert Verdict(PASS, judge).human is human
