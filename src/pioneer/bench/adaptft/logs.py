"""A stage's log: the calls, what the first version really answers, and what users say.

What an arm may see and the truth go to different folders: `log-1.jsonl` and so on, `clean.jsonl`
and `reserve.jsonl` on one side, the sidecar and the report rows on the other.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from typing import Any

from pioneer.bench.adaptft.calls import Call
from pioneer.bench.adaptft.said import correction
from pioneer.families.base import Family
from pioneer.records import Prediction, Target, Task

_BETWEEN = 40.0
"""Seconds between calls, on average."""
_LATENCY = (math.log(80.0), 0.4)
"""Of its logarithm, in milliseconds: mean and deviation."""


def lines(
    family: Family,
    task: Task,
    calls: Sequence[Call],
    answers: Sequence[Prediction],
    wrong: Sequence[Target],
    key: str,
    began: float,
) -> list[dict[str, Any]]:
    """Trace rows as `pioneer traces import` reads them. Ids, order, times and latency are drawn
    without a look at what befell a call."""
    chance = random.Random(f"{key} clock")
    clock, found = began, []
    for call, answer in zip(calls, answers, strict=True):
        clock += chance.expovariate(1 / _BETWEEN)
        said = correction(family, task, call, answer, wrong, key)
        judged = {} if said is None else {"expected": said}
        found.append(
            {
                "id": call.id,
                "time": round(clock, 3),
                "input": call.text,
                "output": family.answer(answer.output),
                "confidence": answer.confidence,
                "metadata": {"latency_ms": round(chance.lognormvariate(*_LATENCY), 1)},
            }
            | judged
        )
    return found


def truth(calls: Iterable[Call]) -> list[dict[str, Any]]:
    """The sidecar: a row for each call, in the same order."""
    return [
        {
            "id": call.id,
            "source": call.source,
            "clean": call.clean,
            "kinds": list(call.kinds),
            "harm": call.harm,
            "gold": call.gold,
            "attempt": call.attempt,
        }
        for call in calls
    ]
