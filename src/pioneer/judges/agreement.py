"""How often a judge says what the humans say, where both have judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pioneer.evaluation.intervals import wilson
from pioneer.judges.standing import by_time, latest_of_each, standing
from pioneer.records import Ruling, Verdict


@dataclass(frozen=True, slots=True)
class Agreement:
    """A judge against the humans. A human is held against the other humans."""

    judge: str
    n: int
    """Traces that both have judged."""
    agreed: int
    share: float
    ci95: tuple[float, float]
    wrongly_passed: int
    """The judge passed what the humans fail."""
    wrongly_failed: int
    silent: int
    """Traces judged by humans on which this judge was asked and gave no verdict."""


@dataclass(slots=True)
class _Tally:
    agreed: int = 0
    wrongly_passed: int = 0
    wrongly_failed: int = 0
    silent: int = 0


def agreements(histories: Iterable[Sequence[Verdict]]) -> list[Agreement]:
    """Every judge that has met a human on some trace, by name; one history per trace.

    What humans were asked is seldom a fair sample of the traffic (review asks the doubtful first),
    so this is agreement on what was reviewed.
    """
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for history in histories:
        for one in _words(history):
            humans = [other for other in history if other.human and other.judge != one.judge]
            counts = standing(humans)
            if counts is not None and counts.ruling is not Ruling.UNJUDGED:
                _count(tallies[one.judge], one.ruling, counts.ruling)
    return [_agreement(judge, tally) for judge, tally in sorted(tallies.items())]


def _words(history: Sequence[Verdict]) -> list[Verdict]:
    """What each judge last ruled; the last it said where it never ruled."""
    ordered = by_time(history)
    ruled = latest_of_each(one for one in ordered if one.ruling is not Ruling.UNJUDGED)
    heard = {one.judge for one in ruled}
    return ruled + [one for one in latest_of_each(ordered) if one.judge not in heard]


def _count(tally: _Tally, said: Ruling, humans: Ruling) -> None:
    if said is Ruling.UNJUDGED:
        tally.silent += 1
    elif said is humans:
        tally.agreed += 1
    elif said is Ruling.PASS:
        tally.wrongly_passed += 1
    else:
        tally.wrongly_failed += 1


def _agreement(judge: str, tally: _Tally) -> Agreement:
    n = tally.agreed + tally.wrongly_passed + tally.wrongly_failed
    return Agreement(
        judge,
        n,
        tally.agreed,
        tally.agreed / n if n else 0.0,
        wilson(tally.agreed, n) if n else (0.0, 1.0),
        tally.wrongly_passed,
        tally.wrongly_failed,
        tally.silent,
    )
