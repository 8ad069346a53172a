"""The role: one callable that rules on a trace, and the border at which its failures stop."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from pioneer.errors import JudgeError
from pioneer.records import Ruling, Trace, Verdict


class Judge(Protocol):
    """Rules on one trace. Raises JudgeError where it can give no verdict.

    The texts of a trace are untrusted: to a judge they are data, never instructions.
    """

    @property
    def name(self) -> str:
        """What its verdicts are signed with: 'metric:accuracy', 'llm:NAME'."""
        ...

    def __call__(self, trace: Trace) -> Verdict: ...


@contextmanager
def judge_errors(judge: str) -> Iterator[None]:
    """Turn what a judge's client raises into a JudgeError that names the judge."""
    try:
        yield
    except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise JudgeError(f"judge {judge!r} gave no verdict: {error}") from error


def ruled(judge: Judge, trace: Trace) -> Verdict:
    """The judge's verdict; unjudged, with the reason, where the judge failed."""
    try:
        return judge(trace)
    except JudgeError as error:
        return Verdict(Ruling.UNJUDGED, judge.name, str(error))


def rulings(judge: Judge, traces: Iterable[Trace]) -> Iterator[Verdict]:
    """One verdict per trace, in order; a failing judge stops nothing."""
    return (ruled(judge, trace) for trace in traces)
