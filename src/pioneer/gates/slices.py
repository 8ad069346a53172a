"""Rule (c): no label and no named slice loses, beyond chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from pioneer.gates.better import break_odds
from pioneer.gates.records import PairedRow, RuleResult, Shares

NAME = "slices"
LEVEL = 0.05
_SHOWN = 5


@lru_cache(maxsize=65536)
def loss_p(fixed: int, broken: int, odds: float = 0.5) -> float:
    """P(Y >= broken) for Y ~ Bin(fixed + broken, odds): small where more broke than chance does."""
    from scipy.stats import binom

    return float(binom.sf(broken - 1, fixed + broken, odds))


def slices(
    gate: Sequence[PairedRow], ratchet: Sequence[PairedRow], shares: Shares | None = None
) -> RuleResult:
    """Gate and ratchet rows apart, each label and each slice, however few rows it has."""
    losses, asked = [], 0
    for part, rows in (("gate", gate), ("ratchet", ratchet)):
        right = sum(row.was_right for row in rows)
        odds = break_odds(len(rows) - right, right, shares)
        for name, (fixed, broken) in sorted(_changes(rows).items()):
            asked += 1
            p = loss_p(fixed, broken, odds)
            if p <= LEVEL:
                losses.append(
                    {"rows": part, "slice": name, "fixed": fixed, "broken": broken, "p": p}
                )
    told = "; ".join(
        f"{loss['slice']} ({loss['rows']} rows): {loss['broken']} broken, {loss['fixed']} fixed, "
        f"p {loss['p']:.3f}"
        for loss in losses[:_SHOWN]
    )
    more = f"; and {len(losses) - _SHOWN} more" if len(losses) > _SHOWN else ""
    sentence = told + more if losses else f"none of {asked} labels and slices loses beyond chance"
    return RuleResult(NAME, not losses, sentence, {"asked": asked, "losses": losses})


def _changes(rows: Iterable[PairedRow]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        for name in _names(row):
            fixed, broken = found.get(name, (0, 0))
            found[name] = (fixed + row.fixed, broken + row.broken)
    return found


def _names(row: PairedRow) -> Iterator[str]:
    if row.label:
        yield f"label {row.label}"
    yield from (f"slice {name}" for name in dict.fromkeys(row.slices))
