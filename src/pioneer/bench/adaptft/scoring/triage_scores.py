"""How well the agent told rows to learn from and rows to leave alone, by the truth."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pioneer.bench.adaptft.cells import Sifted, Tally
from pioneer.bench.adaptft.perturb import KINDS, OF_GENERATION, Harm
from pioneer.bench.adaptft.scoring.marks import AGENT, Marked, Run
from pioneer.bench.adaptft.scoring.shares import Part, Share, share

_NONE = "none"
_GOOD = (_NONE, Harm.NEUTRAL.value, Harm.FIXABLE.value)
"""What a log holds that is worth learning from."""
_POISON = (Harm.POISON.value,)
_HARM = {kind.name: kind.harm.value for kind in (*KINDS, *OF_GENERATION)}


@dataclass(frozen=True, slots=True)
class OfKind:
    """Rows of a kind of perturbation. `detected` is told of poison, `kept` of the others."""

    harm: str
    rows: int
    detected: Share | None
    kept: Share | None
    """With a valid answer; of void rows, which have none, at all."""


@dataclass(frozen=True, slots=True)
class OfHarm:
    """Rows by what learning from them does."""

    rows: int
    kept: int
    harmful: int
    """Whose visible answer is not a valid one."""
    harmful_kept: int
    harmful_detected: Share
    """Of the harmful ones, those that were not kept."""


@dataclass(frozen=True, slots=True)
class Detection:
    """Detected is what was not learned from. Void rows do not count."""

    precision: Share
    """Of the detected rows, those that are looked for."""
    recall: Share
    """Of the rows that are looked for, those detected."""
    f1: float | None
    """Over all rows together."""
    mean_f1: float | None
    """The mean over scenarios, each by itself."""


@dataclass(frozen=True, slots=True)
class TriageScores(Detection):
    """What is looked for is poison, by its kind."""

    harmful: Detection
    """Where rows are looked for whose visible answer is not valid, whatever befell them."""
    clean_kept: Share
    """Of the good rows, those learned from with a valid answer."""
    by_kind: Mapping[str, OfKind]
    by_harm: Mapping[str, OfHarm]
    """With `all`: all together."""


def triage_scores(scenarios: Sequence[Marked], needed: Sequence[int]) -> TriageScores | None:
    """Over all stages of the seeds that have the agent whole; None where it tells nothing of
    triage. `needed`: how many seeds an interval over seeds takes, for each scenario."""
    told = [(_of_seeds(one), least) for one, least in zip(scenarios, needed, strict=True)]
    some = [(seeds, least) for seeds, least in told if seeds]
    return _scores(_Tallies(*zip(*some, strict=True))) if some else None


@dataclass(frozen=True, slots=True)
class _Tallies:
    """Of the seeds of each scenario."""

    scenarios: Sequence[Sequence[Tally]]
    needed: Sequence[int]

    def share(self, part: Callable[[Tally], Part]) -> Share:
        return share([[part(one) for one in seeds] for seeds in self.scenarios], self.needed)

    @property
    def whole(self) -> Tally:
        return _sum([tally for seeds in self.scenarios for tally in seeds])


@dataclass(frozen=True, slots=True)
class _Caught:
    """Counts of rows."""

    found: int
    """Looked for and detected."""
    detected: int
    wanted: int
    """Looked for."""

    @property
    def f1(self) -> float | None:
        sides = self.detected + self.wanted
        return 2 * self.found / sides if sides else None


_Catch = Callable[[Tally], _Caught]


def _poison_caught(tally: Tally) -> _Caught:
    poison, every = _of(tally, _POISON), _of(tally, (*_GOOD, *_POISON))
    return _Caught(poison.rows - poison.kept, every.rows - every.kept, poison.rows)


def _harmful_caught(tally: Tally) -> _Caught:
    every = _of(tally, (*_GOOD, *_POISON))
    return _Caught(every.harmful - every.harmful_kept, every.rows - every.kept, every.harmful)


def _scores(tallies: _Tallies) -> TriageScores:
    poison, whole = _detection(tallies, _poison_caught), tallies.whole
    harms = {**whole.by_harm, "all": _total(whole.by_harm.values())}
    return TriageScores(
        poison.precision,
        poison.recall,
        poison.f1,
        poison.mean_f1,
        harmful=_detection(tallies, _harmful_caught),
        clean_kept=tallies.share(_clean_kept),
        by_kind={name: _of_kind(name, tallies) for name in sorted(whole.by_kind)},
        by_harm={name: _of_harm(name, found, tallies) for name, found in harms.items()},
    )


def _detection(tallies: _Tallies, catch: _Catch) -> Detection:
    def precise(tally: Tally) -> Part:
        caught = catch(tally)
        return caught.found, caught.detected

    def recalled(tally: Tally) -> Part:
        caught = catch(tally)
        return caught.found, caught.wanted

    each = [catch(_sum(seeds)).f1 for seeds in tallies.scenarios]
    known = [one for one in each if one is not None]
    return Detection(
        tallies.share(precise),
        tallies.share(recalled),
        catch(tallies.whole).f1,
        statistics.fmean(known) if known else None,
    )


def _clean_kept(tally: Tally) -> Part:
    good = _of(tally, _GOOD)
    return good.kept - good.harmful_kept, good.rows


def _of_kind(name: str, tallies: _Tallies) -> OfKind:
    harm = _HARM.get(name, _NONE)

    def part(tally: Tally) -> Part:
        found = tally.by_kind.get(name, _total(()))
        if harm in _POISON:
            return found.rows - found.kept, found.rows
        return found.kept - found.harmful_kept if harm in _GOOD else found.kept, found.rows

    counted = tallies.share(part)
    poison = harm in _POISON
    return OfKind(harm, counted.rows, counted if poison else None, None if poison else counted)


def _of_harm(name: str, found: Sifted, tallies: _Tallies) -> OfHarm:
    def detected(tally: Tally) -> Part:
        one = _of(tally, tally.by_harm if name == "all" else (name,))
        return one.harmful - one.harmful_kept, one.harmful

    return OfHarm(
        found.rows,
        found.kept,
        found.harmful,
        found.harmful_kept,
        tallies.share(detected),
    )


def _of_seeds(one: Marked) -> list[Tally]:
    """All stages of a seed in one; seeds that tell nothing are left out."""
    told = [_of_stages(run, len(one.stages)) for run in one.whole(AGENT)]
    return [_sum(tallies) for tallies in told if tallies]


def _of_stages(run: Run, stages: int) -> list[Tally]:
    found = (run.steps[AGENT, stage].cell.triage for stage in range(1, stages + 1))
    return [tally for tally in found if tally is not None]


def _of(tally: Tally, harms: Iterable[str]) -> Sifted:
    return _total(tally.by_harm[harm] for harm in harms if harm in tally.by_harm)


def _sum(tallies: Sequence[Tally]) -> Tally:
    return Tally(_summed(one.by_kind for one in tallies), _summed(one.by_harm for one in tallies))


def _summed(parts: Iterable[Mapping[str, Sifted]]) -> dict[str, Sifted]:
    found: dict[str, list[Sifted]] = defaultdict(list)
    for part in parts:
        for name, one in part.items():
            found[name].append(one)
    return {name: _total(some) for name, some in found.items()}


def _total(parts: Iterable[Sifted]) -> Sifted:
    some = list(parts)
    return Sifted(
        rows=sum(one.rows for one in some),
        kept=sum(one.kept for one in some),
        harmful=sum(one.harmful for one in some),
        harmful_kept=sum(one.harmful_kept for one in some),
    )
