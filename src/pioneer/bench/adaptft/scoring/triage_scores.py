"""How well the agent told rows to learn from and rows to leave alone, by the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pioneer.bench.adaptft.cells import Sifted, Tally
from pioneer.bench.adaptft.perturb import KINDS, OF_GENERATION, Harm
from pioneer.bench.adaptft.scoring.marks import AGENT, Marked
from pioneer.evaluation.intervals import wilson
from pioneer.report.record import Interval

_NONE = "none"
_GOOD = (_NONE, Harm.NEUTRAL.value, Harm.FIXABLE.value)
"""What a log holds that is worth learning from."""
_HARM = {kind.name: kind.harm.value for kind in (*KINDS, *OF_GENERATION)}


@dataclass(frozen=True, slots=True)
class Share:
    """None where there are no rows to take a share of."""

    value: float | None
    ci95: Interval | None
    rows: int
    """Of which it is a share."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Share of the good rows that were learned from."""

    value: float | None
    ci95: Interval | None
    rows: int
    as_logged: Share
    """Of them, without another answer than the logged one."""


@dataclass(frozen=True, slots=True)
class OfKind:
    """Rows of a kind of perturbation. `detected` is told of poison, `kept` of the others."""

    harm: str
    rows: int
    detected: Share | None
    kept: Share | None


@dataclass(frozen=True, slots=True)
class OfHarm:
    """Rows by what learning from them does."""

    rows: int
    kept: int
    relabelled: int
    harmful: int
    """Whose visible answer is not a valid one."""
    harmful_taught: int
    averted: Share
    """Of the harmful ones, those that were kept out or repaired."""


@dataclass(frozen=True, slots=True)
class TriageScores:
    """Detected is what was not learned from as it was logged. Void rows count nowhere but in
    `by_kind` and `by_harm`."""

    precision: Share
    """Of the detected rows that are not void, those that are poison."""
    recall: Share
    """Of the poison, what was detected."""
    f1: float | None
    clean_kept: Kept
    by_kind: Mapping[str, OfKind]
    by_harm: Mapping[str, OfHarm]
    """With `all`: all together."""


def triage_scores(scenarios: Iterable[Marked]) -> TriageScores | None:
    """Over all stages of all seeds of the agent; None where it tells nothing of triage."""
    tallies = [
        step.cell.triage
        for one in scenarios
        for run in one.runs
        for (arm, _), step in sorted(run.steps.items())
        if arm == AGENT and step.cell.triage is not None
    ]
    return _scores(tallies) if tallies else None


def _scores(tallies: Sequence[Tally]) -> TriageScores:
    kinds = _summed(tally.by_kind for tally in tallies)
    harms = _summed(tally.by_harm for tally in tallies)
    good = _total(harms[harm] for harm in _GOOD if harm in harms)
    poison = harms.get(Harm.POISON.value, _total(()))
    found, alarms = poison.rows - poison.kept, good.rows - good.kept
    kept = _share(good.kept + good.relabelled, good.rows)
    sides = found + alarms + poison.rows
    return TriageScores(
        _share(found, found + alarms),
        _share(found, poison.rows),
        2 * found / sides if sides else None,
        Kept(kept.value, kept.ci95, kept.rows, _share(good.kept, good.rows)),
        {name: _of_kind(name, kinds[name]) for name in sorted(kinds)},
        {name: _of_harm(one) for name, one in {**harms, "all": _total(harms.values())}.items()},
    )


def _of_kind(name: str, found: Sifted) -> OfKind:
    harm = _HARM.get(name, _NONE)
    if harm == Harm.POISON.value:
        return OfKind(harm, found.rows, _share(found.rows - found.kept, found.rows), None)
    kept = _share(found.kept + found.relabelled, found.rows)
    return OfKind(harm, found.rows, None, kept)


def _of_harm(found: Sifted) -> OfHarm:
    averted = _share(found.harmful - found.harmful_taught, found.harmful)
    return OfHarm(
        found.rows, found.kept, found.relabelled, found.harmful, found.harmful_taught, averted
    )


def _summed(parts: Iterable[Mapping[str, Sifted]]) -> dict[str, Sifted]:
    found: dict[str, list[Sifted]] = defaultdict(list)
    for part in parts:
        for name, one in part.items():
            found[name].append(one)
    return {name: _total(some) for name, some in found.items()}


def _total(parts: Iterable[Sifted]) -> Sifted:
    some = list(parts)
    return Sifted(
        sum(one.rows for one in some),
        sum(one.kept for one in some),
        sum(one.relabelled for one in some),
        sum(one.harmful for one in some),
        sum(one.harmful_taught for one in some),
    )


def _share(part: int, rows: int) -> Share:
    return Share(part / rows, wilson(part, rows), rows) if rows else Share(None, None, 0)
