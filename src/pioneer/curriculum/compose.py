"""From a mix to the rows to learn from.

Every step leaves rows out; none adds or changes one, so no step can make a wrong label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pioneer.curriculum.choice import Stratum, by_stratum, first_of_each, proportional
from pioneer.curriculum.evidence import RowEvidence
from pioneer.curriculum.hardness import hard_ids
from pioneer.families.lots import lot
from pioneer.records import Example, Mix

_FEW_SHOT = 8
"""Gold rows that a stratum keeps even where hard rows are too few for the share asked for."""
_ALIVE = 2
"""Rows that a stratum keeps even if all of its rows are suspects."""


@dataclass(frozen=True, slots=True)
class Decision:
    id: str
    action: str
    """kept | left_out"""
    reason: str
    code: str
    """gold | hard | length | suspect | near_duplicate | share | rows | imbalance"""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every step may look at."""

    mix: Mix
    evidence: Mapping[str, RowEvidence]
    stratum: Stratum
    seed: int
    lengths: tuple[int, int] | None
    hard: frozenset[str]

    def rank(self, row: Example) -> tuple[float, ...]:
        """Suspects last, else by lot."""
        known = self.evidence.get(row.id)
        return (float(known is not None and known.suspect), lot(self.seed, row.id))

    def narrowness(self, row: Example) -> tuple[float, ...]:
        """Rows nearest to the border between two labels first."""
        return (abs(self.evidence[row.id].margin), lot(self.seed, row.id))


_Step: TypeAlias = Callable[[list[Example], _Desk], list[Decision]]
"""The rows that a step leaves out."""


def compose(
    mix: Mix,
    examples: Sequence[Example],
    evidence: Mapping[str, RowEvidence],
    stratum: Stratum,
    seed: int,
    lengths: tuple[int, int] | None = None,
) -> tuple[list[Example], list[Decision]]:
    """The rows to learn from, sorted by id, and a decision for every row.

    Depends on the set of rows, never on their order. `lengths` are the fewest and most characters
    of real inputs (see `lengths.py`). Without evidence no row is hard and none a suspect.
    """
    kept = sorted(examples, key=lambda row: row.id)
    desk = _Desk(mix, evidence, stratum, seed, lengths, hard_ids(kept, evidence))
    decisions: list[Decision] = []
    for step in (_length, _suspects, _near_duplicates, _share, _imbalance):
        left_out = step(kept, desk)
        gone = {decision.id for decision in left_out}
        kept = [row for row in kept if row.id not in gone]
        decisions += left_out
    decisions += [_kept(row, desk) for row in kept]
    return kept, sorted(decisions, key=lambda decision: decision.id)


def _kept(row: Example, desk: _Desk) -> Decision:
    if row.id not in desk.hard:
        return Decision(row.id, "kept", "gold", "gold")
    known = desk.evidence[row.id]
    near = f" to {known.rival!r}" if known.rival is not None else ""
    return Decision(row.id, "kept", f"hard: margin {known.margin:+.2f}{near}", "hard")


def _left(rows: Sequence[Example], reason: str, code: str) -> list[Decision]:
    return [Decision(row.id, "left_out", reason, code) for row in rows]


def _without(rows: Sequence[Example], kept: Sequence[Example]) -> list[Example]:
    ids = {row.id for row in kept}
    return [row for row in rows if row.id not in ids]


def _length(rows: list[Example], desk: _Desk) -> list[Decision]:
    if desk.lengths is None:
        return []
    low, high = desk.lengths
    strange = [row for row in rows if not low <= len(row.input) <= high]
    if len(strange) == len(rows):
        return []
    return _left(strange, f"real inputs have {low} to {high} characters", "length")


def _suspects(rows: list[Example], desk: _Desk) -> list[Decision]:
    if not desk.mix.drop_suspects:
        return []
    alive = {row.id for row in first_of_each(rows, _ALIVE, desk.stratum, desk.rank)}
    decisions = []
    for row in rows:
        known = desk.evidence.get(row.id)
        if known is not None and known.suspect and row.id not in alive:
            rival = f"; {known.rival!r} is likelier" if known.rival is not None else ""
            reason = f"a model that did not see the row contradicts its label{rival}"
            decisions.append(Decision(row.id, "left_out", reason, "suspect"))
    return decisions


def _near_duplicates(rows: list[Example], desk: _Desk) -> list[Decision]:
    """Rows of one group with different targets all stay: they show where the border runs."""
    if desk.mix.near_duplicates:
        return []
    first: dict[tuple[str, object], str] = {}
    decisions = []
    for row in rows:
        other = first.setdefault((row.group or f"row {row.id}", row.target), row.id)
        if other != row.id:
            reason = f"a near-duplicate of row {other} with the same target"
            decisions.append(Decision(row.id, "left_out", reason, "near_duplicate"))
    return decisions


def _share(rows: list[Example], desk: _Desk) -> list[Decision]:
    """Gold and hard rows in their shares, within the cap on rows."""
    hard_share, most = desk.mix.hard_share, desk.mix.rows
    hard = [row for row in rows if row.id in desk.hard]
    if hard_share <= 0.0 or not hard:
        kept = proportional(rows, len(rows) if most is None else most, desk.stratum, desk.rank)
        return _left(_without(rows, kept), f"over the cap of {most} rows", "rows")
    gold = _without(rows, hard)
    floor = len(first_of_each(gold, _FEW_SHOT, desk.stratum, desk.rank))
    with_gold = by_stratum(gold, desk.stratum)
    lonely = [row for row in hard if desk.stratum(row) not in with_gold]
    only = first_of_each(lonely, 1, desk.stratum, desk.narrowness)[:most]
    n_gold, n_hard = _sizes(len(gold), len(hard), hard_share, floor, len(only), most)
    kept = only + proportional(gold, n_gold, desk.stratum, desk.rank)
    kept += proportional(_without(hard, only), n_hard - len(only), desk.stratum, desk.narrowness)
    return _left(_without(rows, kept), f"over the share of hard rows, {hard_share:.0%}", "share")


def _sizes(
    gold: int, hard: int, share: float, floor: int, only: int, most: int | None
) -> tuple[int, int]:
    """How many gold and hard rows give the share: as many as there are, and within the cap.

    Where hard rows are few, `floor` gold rows stay and the share falls short; where `only` hard
    rows stand for labels without gold rows, these stay and the share may be exceeded.
    """
    total = hard / share
    if share < 1.0:
        total = min(total, gold / (1.0 - share))
    total = total if most is None else min(total, most)
    n_hard = min(hard, max(only, round(total * share)))
    n_gold = min(gold, max(floor, round(total) - n_hard))
    return (n_gold if most is None else min(n_gold, max(0, most - n_hard))), n_hard


def _imbalance(rows: list[Example], desk: _Desk) -> list[Decision]:
    if desk.mix.max_imbalance <= 0.0 or not rows:
        return []
    strata = by_stratum(rows, desk.stratum)
    most = max(1, int(desk.mix.max_imbalance * min(map(len, strata.values()))))
    kept = first_of_each(rows, most, desk.stratum, desk.rank)
    reason = f"more than {desk.mix.max_imbalance:g} times the rarest label, so {most} rows"
    return _left(_without(rows, kept), reason, "imbalance")
