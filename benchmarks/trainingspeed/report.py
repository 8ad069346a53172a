"""From cells to a verdict: rows per second, accuracy, and what a later trial did again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coldstart.report import Bar
from coldstart.stats import Interval, Matrix, interval, sign_flip_p
from trainingspeed.cells import Cell, Gold

FASTER = 4.0
ALPHA = 0.05
COUNTED = "tokenised", "embedded"


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and range over seeds."""

    median: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Line:
    """One system over its seeds."""

    system: str
    rate: Spread
    step_rate: Spread
    processor_rate: Spread
    accuracy: Interval
    per_seed: dict[int, float]
    others: float | None
    """The busiest that other work kept the machine during one of its cells."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Ours against one other on the same seeds, ours first."""

    peer: str
    faster: Spread
    faster_steps: Spread
    difference: Interval
    """Of accuracies, over held-out rows."""
    wins: int
    losses: int
    p: float
    seeds: list[int]


@dataclass(frozen=True, slots=True)
class Report:
    lines: list[Line]
    pairs: list[Pair]
    again: dict[str, int]
    """What all later trials together tokenised and embedded, answers to held-out rows included."""
    bars: list[Bar]


def report(
    cells: Sequence[Cell],
    gold: Gold,
    us: str,
    peers: Sequence[str],
    later: str,
    seeds: Sequence[int],
) -> Report:
    """The whole comparison. `peers[0]` is whom the speed is measured against."""
    good = {(cell.system, cell.seed): cell for cell in cells if cell.problem is None}
    systems = (us, later, *peers)
    groups = {
        name: {seed: good[name, seed] for seed in seeds if (name, seed) in good} for name in systems
    }
    missing = [f"{name}/{seed}" for name in systems for seed in seeds if (name, seed) not in good]
    lines = [_line(name, list(group.values()), gold) for name, group in groups.items() if group]
    pairs = [
        _pair(peer, groups[us], groups[peer], gold)
        for peer in peers
        if groups[us].keys() & groups[peer].keys()
    ]
    again = {
        name: sum(cell.learned[name] + cell.predicted[name] for cell in groups[later].values())
        for name in COUNTED
    }
    bars = [
        _fast_enough(pairs, peers[0], missing),
        *(_no_worse(pairs, peer, missing) for peer in peers),
        _nothing_again(again, len(groups[later]), missing),
    ]
    return Report(lines, pairs, again, bars)


def _line(name: str, group: Sequence[Cell], gold: Gold) -> Line:
    rights = _rights(group, gold)
    shares = [cell.others for cell in group if cell.others is not None]
    return Line(
        system=name,
        rate=_spread(cell.rate for cell in group),
        step_rate=_spread(cell.step_rate for cell in group),
        processor_rate=_spread(cell.processor_rate for cell in group),
        accuracy=interval(rights),
        per_seed={cell.seed: float(row.mean()) for cell, row in zip(group, rights, strict=True)},
        others=max(shares, default=None),
    )


def _pair(peer: str, ours: Mapping[int, Cell], theirs: Mapping[int, Cell], gold: Gold) -> Pair:
    seeds = sorted(ours.keys() & theirs.keys())
    both = [(ours[seed], theirs[seed]) for seed in seeds]
    differences = _rights([each for each, _ in both], gold) - _rights([e for _, e in both], gold)
    return Pair(
        peer=peer,
        faster=_spread(_ratio(one.rate, other.rate) for one, other in both),
        faster_steps=_spread(_ratio(one.step_rate, other.step_rate) for one, other in both),
        difference=interval(differences),
        wins=int((differences > 0).sum()),
        losses=int((differences < 0).sum()),
        p=sign_flip_p([int(value) for value in differences.sum(axis=0)]),
        seeds=seeds,
    )


def _fast_enough(pairs: Sequence[Pair], peer: str, missing: Sequence[str]) -> Bar:
    name = f"at least {FASTER:g} times the rows per second of {peer}"
    pair = next((each for each in pairs if each.peer == peer), None)
    if missing or pair is None:
        return Bar(name, None, _missing(missing))
    reason = (
        f"median {pair.faster.median:.2f}, from {pair.faster.low:.2f} to {pair.faster.high:.2f}"
    )
    return Bar(name, pair.faster.median >= FASTER, reason)


def _no_worse(pairs: Sequence[Pair], peer: str, missing: Sequence[str]) -> Bar:
    name = f"accuracy not below {peer} beyond noise ({ALPHA})"
    pair = next((each for each in pairs if each.peer == peer), None)
    if missing or pair is None:
        return Bar(name, None, _missing(missing))
    gap = pair.difference
    reason = (
        f"{100 * gap.value:+.2f} points [{100 * gap.low:+.2f}, {100 * gap.high:+.2f}], "
        f"p {pair.p:.2g}"
    )
    return Bar(name, not (gap.value < 0 and pair.p < ALPHA), reason)


def _nothing_again(again: Mapping[str, int], trials: int, missing: Sequence[str]) -> Bar:
    name = "a later trial on the same data tokenises and embeds nothing again"
    if missing or not trials:
        return Bar(name, None, _missing(missing))
    told = ", ".join(f"{count} texts {what}" for what, count in again.items())
    return Bar(name, not any(again.values()), f"{told} in {trials} later trials")


def _missing(missing: Sequence[str]) -> str:
    return f"{len(missing)} cells missing: {', '.join(missing[:4])}" if missing else "no cells"


def _spread(values: Iterable[float | None]) -> Spread:
    there = [value for value in values if value is not None]
    return Spread(float(np.median(there)), min(there), max(there))


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return ours / theirs if ours and theirs else None


def _rights(group: Sequence[Cell], gold: Gold) -> Matrix:
    truth = np.asarray(gold.answers)
    rows = np.asarray([cell.answers for cell in group], dtype=np.int64)
    rights: Matrix = (rows == truth).astype(np.float64)
    return rights
