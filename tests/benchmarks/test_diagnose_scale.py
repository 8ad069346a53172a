"""The log of the scale benchmark is what it says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from diagnose_scale import FAILED, UNJUDGED, Answered, calls


def test_the_log_has_its_shares_and_its_ids() -> None:
    made = [Answered(f"text {at}", "a", "a" if at % 3 else "b") for at in range(90)]
    found = list(calls(made, 20_000))
    wrong = sum(one["output"] == "b" for one in found)
    judged = [one for one in found if "expected" in one]
    assert wrong / len(found) == pytest.approx(FAILED, abs=0.006)
    assert 1 - len(judged) / len(found) == pytest.approx(UNJUDGED, abs=0.012)
    assert len({one["id"] for one in found}) == len(found)
    assert {one["expected"] for one in judged} == {"a"}
    assert [one["time"] for one in found] == sorted(one["time"] for one in found)
    assert found[:50] == list(calls(made, 50))
