from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.evaluation.intervals import wilson
from pioneer.judges.agreement import agreements
from pioneer.records import Ruling, Verdict

PASS, FAIL, UNJUDGED = Ruling.PASS, Ruling.FAIL, Ruling.UNJUDGED


def history(human: Ruling, machine: Ruling) -> list[Verdict]:
    return [Verdict(machine, "llm:x"), Verdict(human, "human")]


def test_a_judge_against_the_humans() -> None:
    met = [
        *[history(PASS, PASS)] * 6,
        *[history(FAIL, FAIL)] * 2,
        history(FAIL, PASS),
        history(PASS, FAIL),
        history(PASS, UNJUDGED),
        history(UNJUDGED, PASS),
        [Verdict(PASS, "llm:x")],
    ]
    (found,) = agreements(met)
    assert (found.judge, found.n, found.agreed) == ("llm:x", 10, 8)
    assert (found.wrongly_passed, found.wrongly_failed, found.silent) == (1, 1, 1)
    assert found.share == pytest.approx(0.8)
    assert found.ci95 == wilson(8, 10)


def test_a_judge_is_taken_at_its_last_word() -> None:
    met = [Verdict(FAIL, "llm:x", at=1), Verdict(PASS, "human", at=2), Verdict(PASS, "llm:x", at=3)]
    assert agreements([met])[0].agreed == 1
    assert agreements([[*met, Verdict(UNJUDGED, "llm:x", at=4)]])[0].agreed == 1


def test_humans_are_held_against_each_other() -> None:
    met = [
        [Verdict(PASS, "human:a"), Verdict(PASS, "human:b"), Verdict(FAIL, "metric:accuracy")],
        [Verdict(FAIL, "human:a"), Verdict(PASS, "human:b")],
        [Verdict(FAIL, "human:a")],
    ]
    found = {one.judge: (one.agreed, one.n) for one in agreements(met)}
    assert found == {"human:a": (1, 2), "human:b": (1, 2), "metric:accuracy": (0, 1)}


def test_nothing_to_compare() -> None:
    assert agreements([]) == []
    assert agreements([[Verdict(PASS, "human")], [Verdict(PASS, "llm:x")]]) == []
    (found,) = agreements([history(PASS, UNJUDGED)])
    assert (found.n, found.silent, found.ci95) == (0, 1, (0.0, 1.0))


rulings = st.sampled_from(Ruling)


@given(st.lists(st.tuples(rulings, rulings), max_size=20))
def test_the_counts_add_up(pairs: list[tuple[Ruling, Ruling]]) -> None:
    for found in agreements([history(human, machine) for human, machine in pairs]):
        assert found.agreed + found.wrongly_passed + found.wrongly_failed == found.n
        assert found.ci95[0] <= found.share <= found.ci95[1] or found.n == 0
        asked = [machine for human, machine in pairs if human is not UNJUDGED]
        assert found.n + found.silent == len(asked)
