"""What `diagnose --output` says of each trace, also of those that nobody looked at closely."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pioneer.diagnosis.records import Decision, Suspicion
from pioneer.diagnosis.triage import poison_model
from pioneer.events import Listener, Progress, silent
from pioneer.loop.traffic.skim import TOLD, Kind, Signs, Skim, Sort

_STEP = "writing the lines"
_FEW = 10.0
"""Rows of a confusion that count as much as all rows judged alike."""
_UNSEEN = "not looked at closely; as those of its kind that were"
_WHY = {
    Kind.UNJUDGED: "nobody has judged it",
    Kind.NO_ANSWER: "it is wrong, but nobody said what is right",
    Kind.NEW_LABEL: "its right answer is no label of the model",
}


def lines(
    said: Sequence[Suspicion], skim: Skim, listen: Listener = silent
) -> Iterator[dict[str, Any]]:
    """One for each trace, in the order of the log."""
    known = {one.id: one for one in said}
    usual = _usual(known, skim)
    sorts = list(skim.known)
    for place, (trace, number) in enumerate(zip(skim.ids, skim.sorts, strict=True)):
        if place % TOLD == 0:
            listen(Progress(_STEP, place / len(skim.ids)))
        one = known.get(trace)
        if one is not None:
            yield _line(trace, one.p_poison, one.decision, one.reasons)
            continue
        signs = skim.odd.get(trace, ())
        kind = sorts[number][0]
        chance = with_signs(usual[number], signs)
        reasons = [f"its text alone: {', '.join(name for name, _ in signs)}"] if signs else []
        yield _line(trace, chance, _decision(kind, chance), [*reasons, _WHY.get(kind, _UNSEEN)])
    listen(Progress(_STEP, 1.0))


def with_signs(usual: float, signs: Signs) -> float:
    """A chance of poison, changed by what a text alone tells: the odds of the triage model."""
    weights = poison_model().weights
    usual = min(max(usual, 1e-6), 1 - 1e-6)
    odds = math.log(usual / (1 - usual)) + sum(weights.get(name, 0.0) * v for name, v in signs)
    return 1.0 / (1.0 + math.exp(-odds))


def _decision(kind: Kind, chance: float) -> Decision:
    model = poison_model()
    if chance >= model.drop:
        return Decision.DROP
    asked = kind in _WHY or chance >= model.keep
    return Decision.ASK if asked else Decision.KEEP


def _usual(known: Mapping[str, Suspicion], skim: Skim) -> list[float]:
    """The mean chance by sort: that of a confusion is drawn towards that of all calls judged alike,
    and this towards that of all."""
    sums: dict[Sort | Kind | None, tuple[float, int]] = {}
    sorts = list(skim.known)
    for trace, number in zip(skim.ids, skim.sorts, strict=True):
        if trace in known:
            sort = sorts[number]
            for key in (sort, sort[0], None):
                total, count = sums.get(key, (0.0, 0))
                sums[key] = total + known[trace].p_poison, count + 1
    every = _drawn(sums.get(None, (0.0, 0)), 0.0)
    alike = {kind: _drawn(sums.get(kind, (0.0, 0)), every) for kind in Kind}
    return [_drawn(sums.get(sort, (0.0, 0)), alike[sort[0]]) for sort in sorts]


def _drawn(found: tuple[float, int], towards: float) -> float:
    total, count = found
    return (total + _FEW * towards) / (count + _FEW)


def _line(trace: str, chance: float, decision: Decision, why: Sequence[str]) -> dict[str, Any]:
    return {
        "id": trace,
        "p_poison": round(chance, 4),
        "decision": decision.value,
        "reasons": list(why),
    }
