"""Which of the verdicts on a trace counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pioneer.records import Ruling, Verdict


def standing(history: Sequence[Verdict]) -> Verdict | None:
    """The verdict that counts, of all that were given, in the order in which they were recorded.

    Humans over machines, the later over the earlier; of several humans the majority, and the later
    where they are split. An unjudged one counts only where nobody judged. A right answer that the
    standing verdict does not name itself is taken from the latest that agrees with it.
    """
    if len(history) == 1:
        return history[0]
    ordered = by_time(history)
    decided = [one for one in ordered if one.ruling is not Ruling.UNJUDGED]
    if not decided:
        return ordered[-1] if ordered else None
    humans = latest_of_each([one for one in decided if one.human])
    winner = _majority_or_latest(humans) if humans else decided[-1]
    return winner if winner.expected is not None else _with_answer(winner, decided)


def majority(history: Sequence[Verdict]) -> Verdict:
    """What most humans say, each counted once by their latest word; unjudged where they are split
    or there is none."""
    decided = [one for one in by_time(history) if one.ruling is not Ruling.UNJUDGED]
    votes = latest_of_each(one for one in decided if one.human)
    counts = Counter(one.ruling for one in votes)
    ruling = _winner(counts)
    said = f"{max(counts.values(), default=0)} of {len(votes)} humans"
    if ruling is None:
        return Verdict(Ruling.UNJUDGED, "majority", said if votes else "no human judged it")
    answers = Counter(
        one.expected for one in votes if one.ruling is ruling and one.expected is not None
    )
    expected = answers.most_common(1)[0][0] if answers else None
    return Verdict(ruling, "majority", said, expected)


def latest_of_each(ordered: Iterable[Verdict]) -> list[Verdict]:
    """The last word of every judge, oldest first."""
    last: dict[str, Verdict] = {}
    for one in ordered:
        last.pop(one.judge, None)
        last[one.judge] = one
    return list(last.values())


def _majority_or_latest(humans: list[Verdict]) -> Verdict:
    ruling = _winner(Counter(one.ruling for one in humans))
    return [one for one in humans if ruling is None or one.ruling is ruling][-1]


def _winner(counts: Counter[Ruling]) -> Ruling | None:
    first = counts.most_common(2)
    if not first or (len(first) == 2 and first[0][1] == first[1][1]):
        return None
    return first[0][0]


def _with_answer(winner: Verdict, decided: list[Verdict]) -> Verdict:
    for one in reversed(decided):
        if one.ruling is winner.ruling and one.expected is not None:
            return replace(winner, expected=one.expected)
    return winner


def by_time(history: Sequence[Verdict]) -> list[Verdict]:
    """A verdict without a time is as late as the one before it."""
    times: list[float] = []
    for one in history:
        times.append(one.at if one.at is not None else times[-1] if times else 0.0)
    return [history[place] for place in sorted(range(len(history)), key=times.__getitem__)]
