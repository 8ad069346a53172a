"""The gate on thousands of draws at once: the same functions, asked once for equal counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatetable.worlds import SLICES, Cell, Draws, Layout
from pioneer.gates.better import Z_LEAST, break_odds, is_gain, is_gain_in_traffic, weighted
from pioneer.gates.decide import gate
from pioneer.gates.earlier import best_earlier
from pioneer.gates.export import export
from pioneer.gates.limit import Limit
from pioneer.gates.look import Look, look
from pioneer.gates.records import Agreement, Earlier, Evidence, Outcome, PairedRow, Shares
from pioneer.gates.regressions import MOST, hash_of, twice_as_many
from pioneer.gates.slices import LEVEL, loss_p

RULES = ("look", "better", "regressions", "best_earlier", "slices", "export")
LIMIT = Limit()
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """For each draw, whether each rule passes (in the order of RULES)."""

    passed: dict[str, Flags]
    by_z_alone: Flags
    """Rule (a) where failures are over-sampled, without the mid-p at the odds of traffic."""

    @property
    def promoted(self) -> Flags:
        return np.asarray(np.logical_and.reduce([self.passed[rule] for rule in RULES]))


def verdicts(cell: Cell, rows: Layout, draws: Draws) -> Verdicts:
    shares = shares_of(cell)
    counted = _Counted(rows, draws)
    better, by_z = _better(counted, shares)
    count = len(draws.before)
    every = np.ones(count, dtype=bool)
    passed = {
        "look": every & look(rows.names[: rows.gate], last_look(cell, rows)).passed,
        "better": better,
        "regressions": _regressions(rows, draws, counted, shares),
        "best_earlier": _best_earlier(rows, draws),
        "slices": _slices(rows, draws, counted, shares),
        "export": every & export(Agreement(rows.gate, rows.gate)).passed,
    }
    return Verdicts(passed, by_z)


def check(cell: Cell, rows: Layout, draws: Draws, found: Verdicts, at: int) -> None:
    """Raise where the gate itself, on the rows of one draw, says anything else."""
    verdict = gate(evidence(cell, rows, draws, at), LIMIT, last_look(cell, rows))
    said = {rule.name: rule.passed for rule in verdict.rules}
    here = {rule: bool(found.passed[rule][at]) for rule in RULES}
    promoted = verdict.outcome is Outcome.PROMOTED
    if said != here or promoted != bool(found.promoted[at]):
        raise AssertionError(f"{cell.key}, draw {at}: the gate says {said}, the table {here}")


def evidence(cell: Cell, rows: Layout, draws: Draws, at: int) -> Evidence:
    paired = tuple(
        PairedRow(
            name,
            name,
            bool(draws.before[at, row]),
            bool(draws.after[at, row]),
            f"label {rows.labels[row]}",
            tuple(name for name, held in zip(SLICES, rows.slices[row], strict=True) if held),
        )
        for row, name in enumerate(rows.names)
    )
    ratchet = slice(rows.gate, None)
    earlier = _earlier(
        int(draws.before[at, ratchet].sum()),
        int(draws.after[at, ratchet].sum()),
        cell.world.ratchet,
    )
    return Evidence(
        gate=paired[: rows.gate],
        agreement=Agreement(rows.gate, rows.gate),
        ratchet=paired[ratchet],
        shares=shares_of(cell),
        earlier=earlier,
    )


def shares_of(cell: Cell) -> Shares | None:
    return Shares(1 - cell.world.base) if cell.world.oversampled else None


def last_look(cell: Cell, rows: Layout) -> Look | None:
    """In a later look 40 % of the gate groups are new."""
    return Look(rows.names[: int(0.6 * rows.gate)]) if cell.world.ratchet else None


class _Counted:
    """Fixed, broken, right and wrong gate rows of each draw."""

    def __init__(self, rows: Layout, draws: Draws) -> None:
        before, after = draws.before[:, : rows.gate], draws.after[:, : rows.gate]
        self.fixed: Counts = (after & ~before).sum(axis=1)
        self.broken: Counts = (before & ~after).sum(axis=1)
        self.right: Counts = before.sum(axis=1)
        self.wrong: Counts = rows.gate - self.right


def _better(counted: _Counted, shares: Shares | None) -> tuple[Flags, Flags]:
    if shares is None:
        found = _each(is_gain, counted.fixed, counted.broken)
        return found, found
    counts = (counted.fixed, counted.wrong, counted.broken, counted.right)
    return (
        _each(lambda b, f, c, p: is_gain_in_traffic(b, f, c, p, shares), *counts),
        _each(lambda b, f, c, p: weighted(b, f, c, p, shares)[1] >= Z_LEAST, *counts),
    )


def _regressions(rows: Layout, draws: Draws, counted: _Counted, shares: Shares | None) -> Flags:
    right, broken = _judged(rows, draws)
    counts = (counted.fixed, counted.wrong, counted.broken, counted.right)
    twice = _each(lambda b, f, c, p: twice_as_many(b, f, c, p, shares), *counts)

    def passes(right: int, broken: int, twice: int) -> bool:
        allowed = LIMIT.allowed_if_twice(right) if twice else LIMIT.allowed(right)
        return broken <= allowed < right

    return _each(passes, right, broken, twice.astype(np.int64))


def _judged(rows: Layout, draws: Draws) -> tuple[Counts, Counts]:
    """Right and broken rows of the regression set, which holds 1,000 at most."""
    broken = draws.before & ~draws.after
    right = draws.before.sum(axis=1)
    over = np.flatnonzero(right > MOST)
    lost: Counts = broken.sum(axis=1)
    if len(over):
        chosen = _stratified(rows, draws.before[over])
        lost[over] = np.take_along_axis(broken[over], chosen, axis=1).sum(axis=1)
    return np.minimum(right, MOST), lost


def _stratified(rows: Layout, right: Flags) -> NDArray[np.intp]:
    """Columns of the regression set of each draw; `regression_set` on all draws at once."""
    order = np.argsort(np.array([hash_of(name).hex() for name in rows.names]))
    keys = np.full(right.shape, np.inf)
    for label in np.unique(rows.labels):
        columns = order[rows.labels[order] == label]
        held = right[:, columns]
        rank, size = held.cumsum(axis=1) - 1, held.sum(axis=1, keepdims=True)
        share = (2 * rank + 1) / np.maximum(2 * size, 1)
        keys[:, columns] = np.where(held, share, np.inf)
    first = np.argsort(keys[:, order], axis=1, kind="stable")[:, :MOST]
    return np.asarray(order[first])


def _best_earlier(rows: Layout, draws: Draws) -> Flags:
    count = len(rows.names) - rows.gate
    before = draws.before[:, rows.gate :].sum(axis=1)
    after = draws.after[:, rows.gate :].sum(axis=1)
    return _each(lambda was, now: best_earlier(_earlier(was, now, count)).passed, before, after)


def _earlier(was: int, now: int, rows: int) -> tuple[Earlier, ...]:
    return (Earlier("earlier", rows, was / rows, now / rows),) if rows else ()


def _slices(rows: Layout, draws: Draws, counted: _Counted, shares: Shares | None) -> Flags:
    members = np.concatenate([np.eye(rows.labels.max() + 1)[rows.labels], rows.slices], axis=1)
    members = members.astype(np.float32)
    kept = np.ones(len(draws.before), dtype=bool)
    for part in (slice(None, rows.gate), slice(rows.gate, None)):
        before, after = draws.before[:, part], draws.after[:, part]
        if not before.shape[1]:
            continue
        fixed = ((after & ~before).astype(np.float32) @ members[part]).astype(np.int64)
        broken = ((before & ~after).astype(np.float32) @ members[part]).astype(np.int64)
        # failures are over-sampled by a fixed number of rows, so the odds are those of any draw
        odds = break_odds(int(counted.wrong[0]), int(counted.right[0]), shares)
        lost = _each(lambda b, c, odds=odds: loss_p(b, c, odds) <= LEVEL, fixed, broken)
        kept &= ~lost.any(axis=1)
    return kept


def _each(ask: Callable[..., bool], *counts: NDArray[np.int64]) -> Flags:
    """`ask` on every draw's counts, once for equal ones."""
    flat = np.stack([each.ravel() for each in counts], axis=1)
    bases = flat.max(axis=0) + 1
    code = np.zeros(len(flat), dtype=np.int64)
    for column, base in zip(flat.T, bases, strict=True):
        code = code * base + column
    _, first, back = np.unique(code, return_index=True, return_inverse=True)
    answers = np.array([bool(ask(*map(int, flat[at]))) for at in first])
    return answers[back].reshape(counts[0].shape)
