"""The deterministic judge: the task's metric against the right answer that the log names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pioneer.errors import JudgeError
from pioneer.records import Example, Prediction, RowStat, Ruling, Trace, Verdict


@dataclass(frozen=True, slots=True)
class MetricJudge:
    """Passes what the metric passes. It takes two functions and no family, so that it stands below
    the families; see `traces.metric_judge`."""

    metric: str
    score: Callable[[Example, Prediction], RowStat]
    passed: Callable[[RowStat], bool]

    @property
    def name(self) -> str:
        return f"metric:{self.metric}"

    def __call__(self, trace: Trace) -> Verdict:
        """Raises JudgeError for a trace without a right answer.

        An output that equals the right answer is right, also where the label is new to the task.
        """
        expected = trace.expected
        if expected is None:
            raise JudgeError("the log names no right answer")
        if trace.output is None:
            return Verdict(Ruling.FAIL, self.name, "no answer was given", expected)
        if trace.output == expected or self._passes(trace):
            return Verdict(Ruling.PASS, self.name, "", expected)
        return Verdict(Ruling.FAIL, self.name, "another answer was expected", expected)

    def _passes(self, trace: Trace) -> bool:
        assert trace.expected is not None
        example = Example(trace.id, trace.input, trace.expected)
        return self.passed(self.score(example, Prediction(trace.output, trace.confidence or 0.0)))
