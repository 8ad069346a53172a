"""From cells to a verdict: accuracies, ranks, paired tests, the three bars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coldstart.cells import Cell, Sealed
from coldstart.sets import OOS
from coldstart.stats import Interval, Matrix, holm, interval, macro_f1, ranks, sign_flip_p

ALPHA = 0.05
MARGIN = 0.010  # over frozen features, on the set named next
MARGIN_SET = "clinc150_10"


@dataclass(frozen=True, slots=True)
class Summary:
    """One system on one set, over its seeds."""

    set: str
    system: str
    accuracy: Interval | None
    per_seed: dict[int, float | None]
    macro_f1: float | None
    fit_seconds: float
    predict_seconds: float | None
    in_scope: float | None  # only where the set has out-of-scope rows
    oos_recall: float | None
    timeouts: int
    failures: int
    over_budget: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Us against one peer on one set, on the same rows and seeds."""

    set: str
    peer: str
    difference: Interval  # ours less theirs
    wins: int  # outcomes (row and seed) that only we have right
    losses: int
    p: float
    p_holm: float | None  # among all pairs of counted sets
    seeds: list[int]


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    met: bool | None  # None: cells are missing, so it cannot be said
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    summaries: list[Summary]
    ranks: dict[str, float]
    rank_blocks: int
    pairs: list[Pair]
    bars: list[Bar]


def report(
    cells: Sequence[Cell],
    sealed: Mapping[str, Sealed],
    us: str,
    frozen: str,
    wanted: Mapping[str, Sequence[int]],
    systems: Sequence[str],
) -> Report:
    """The whole comparison; `wanted` says which seeds each counted set must have."""
    table = {(cell.set, cell.system, cell.seed): cell for cell in cells}
    by_pair: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in cells:
        by_pair[cell.set, cell.system].append(cell)
    summaries = [_summary(sealed[name], group) for (name, _), group in sorted(by_pair.items())]
    pairs = _pairs(by_pair, sealed, us, systems)
    mean_rank, blocks = _ranks(table, sealed, wanted, systems)
    missing = [
        f"{name}/{system}/{seed}"
        for name, seeds in wanted.items()
        for system in systems
        for seed in seeds
        if (name, system, seed) not in table
    ]
    ours = [table[key] for key in table if key[1] == us and key[0] in wanted]
    broken = [f"{cell.set}/{cell.seed}" for cell in ours if cell.answers is None]
    bars = [
        _best_rank(mean_rank, us, missing),
        _nowhere_below(pairs, missing, broken),
        _above_frozen(pairs, us, frozen, missing, broken),
    ]
    return Report(summaries, mean_rank, blocks, pairs, bars)


def _summary(gold: Sealed, group: Sequence[Cell]) -> Summary:
    scored = [(cell.seed, cell.answers) for cell in group if cell.answers is not None]
    rights = _rights(gold, [answers for _, answers in scored])
    per_seed: dict[int, float | None] = {cell.seed: None for cell in group}
    per_seed |= {seed: float(row.mean()) for (seed, _), row in zip(scored, rights, strict=True)}
    truth = gold.answers
    out = np.asarray(truth) == gold.labels.index(OOS) if OOS in gold.labels else None
    asked = [cell.predict_seconds for cell in group if cell.predict_seconds is not None]
    return Summary(
        set=gold.name,
        system=group[0].system,
        accuracy=interval(rights) if scored else None,
        per_seed=per_seed,
        macro_f1=_mean(macro_f1(truth, answers) for _, answers in scored),
        fit_seconds=round(float(np.mean([cell.fit_seconds for cell in group])), 1),
        predict_seconds=_mean(asked),
        in_scope=float(rights[:, ~out].mean()) if scored and out is not None else None,
        oos_recall=float(rights[:, out].mean()) if scored and out is not None else None,
        timeouts=sum(cell.status == "timeout" for cell in group),
        failures=sum(cell.status == "failed" for cell in group),
        over_budget=sum(cell.over_budget for cell in group),
    )


def _pairs(
    by_pair: Mapping[tuple[str, str], list[Cell]],
    sealed: Mapping[str, Sealed],
    us: str,
    systems: Sequence[str],
) -> list[Pair]:
    found = []
    for name, gold in sealed.items():
        ours = _answers(by_pair.get((name, us), ()))
        for peer in (system for system in systems if system != us):
            theirs = _answers(by_pair.get((name, peer), ()))
            seeds = sorted(ours.keys() & theirs.keys())
            if seeds:
                left = _rights(gold, [ours[seed] for seed in seeds])
                right = _rights(gold, [theirs[seed] for seed in seeds])
                found.append(_pair(name, peer, left, right, seeds))
    counted = {f"{pair.set}/{pair.peer}": pair.p for pair in found if sealed[pair.set].counted}
    adjusted = holm(counted)
    return [replace(pair, p_holm=adjusted.get(f"{pair.set}/{pair.peer}")) for pair in found]


def _pair(name: str, peer: str, ours: Matrix, theirs: Matrix, seeds: list[int]) -> Pair:
    difference = ours - theirs
    per_row = [int(value) for value in difference.sum(axis=0)]
    return Pair(
        set=name,
        peer=peer,
        difference=interval(difference),
        wins=int((difference > 0).sum()),
        losses=int((difference < 0).sum()),
        p=sign_flip_p(per_row),
        p_holm=None,
        seeds=seeds,
    )


def _ranks(
    table: Mapping[tuple[str, str, int], Cell],
    sealed: Mapping[str, Sealed],
    wanted: Mapping[str, Sequence[int]],
    systems: Sequence[str],
) -> tuple[dict[str, float], int]:
    """The mean rank over blocks (set and seed) in which every system has run."""
    blocks: list[dict[str, float]] = []
    for name, seeds in wanted.items():
        for seed in seeds:
            block = {system: table.get((name, system, seed)) for system in systems}
            present = {system: cell for system, cell in block.items() if cell is not None}
            if len(present) == len(systems):
                scores = {each: _accuracy(sealed[name], cell) for each, cell in present.items()}
                blocks.append(ranks(scores))
    if not blocks:
        return {}, 0
    means = {each: float(np.mean([block[each] for block in blocks])) for each in systems}
    return means, len(blocks)


def _best_rank(mean_rank: Mapping[str, float], us: str, missing: Sequence[str]) -> Bar:
    name = "best mean rank of all systems"
    if missing or not mean_rank:
        return Bar(name, None, _missing(missing))
    peer, best = min(
        ((system, rank) for system, rank in mean_rank.items() if system != us),
        key=lambda item: item[1],
    )
    reason = f"ours {mean_rank[us]:.2f}, the best peer's ({peer}) {best:.2f}"
    return Bar(name, mean_rank[us] < best, reason)


def _nowhere_below(pairs: Sequence[Pair], missing: Sequence[str], broken: Sequence[str]) -> Bar:
    name = f"nowhere significantly below a peer (Holm, {ALPHA})"
    if missing:
        return Bar(name, None, _missing(missing))
    if broken:
        return Bar(name, False, f"we have no answer in {', '.join(broken)}")
    counted = [pair for pair in pairs if pair.p_holm is not None]
    below = [
        f"{pair.set} against {pair.peer} ({100 * pair.difference.value:+.2f}, p {pair.p_holm:.2g})"
        for pair in counted
        if pair.difference.value < 0 and (pair.p_holm or 0.0) < ALPHA
    ]
    if below:
        return Bar(name, False, f"{len(below)} of {len(counted)} pairs: {'; '.join(below)}")
    lower = sum(pair.difference.value < 0 for pair in counted)
    raw = sum(pair.difference.value < 0 and pair.p < ALPHA for pair in counted)
    reason = (
        f"{len(counted)} pairs, {lower} with a lower mean, {raw} of them p < {ALPHA} unadjusted"
    )
    return Bar(name, True, reason)


def _above_frozen(
    pairs: Sequence[Pair], us: str, frozen: str, missing: Sequence[str], broken: Sequence[str]
) -> Bar:
    name = f"at least {100 * MARGIN:.1f} point above {frozen} on {MARGIN_SET}"
    needed = tuple(f"{MARGIN_SET}/{system}/" for system in (us, frozen))
    if lacking := [each for each in missing if each.startswith(needed)]:
        return Bar(name, None, _missing(lacking))
    if unanswered := [each for each in broken if each.startswith(f"{MARGIN_SET}/")]:
        return Bar(name, False, f"we have no answer in {', '.join(unanswered)}")
    pair = next((each for each in pairs if (each.set, each.peer) == (MARGIN_SET, frozen)), None)
    if pair is None:
        return Bar(name, None, f"{frozen} has no answers")
    gap = pair.difference
    reason = f"{100 * gap.value:+.2f} [{100 * gap.low:+.2f}, {100 * gap.high:+.2f}]"
    return Bar(name, gap.value >= MARGIN, reason)


def _missing(missing: Sequence[str]) -> str:
    return f"{len(missing)} cells missing: {', '.join(missing[:4])}" if missing else "no cells"


def _answers(group: Iterable[Cell]) -> dict[int, list[int]]:
    return {cell.seed: cell.answers for cell in group if cell.answers is not None}


def _rights(gold: Sealed, answers: Sequence[Sequence[int]]) -> Matrix:
    truth = np.asarray(gold.answers)
    rows = np.asarray(answers, dtype=np.int64).reshape(len(answers), len(truth))
    rights: Matrix = (rows == truth).astype(np.float64)
    return rights


def _accuracy(gold: Sealed, cell: Cell) -> float | None:
    return None if cell.answers is None else float(_rights(gold, [cell.answers]).mean())


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return float(np.mean(found)) if found else None
