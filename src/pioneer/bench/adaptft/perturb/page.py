"""The table of kinds as Markdown, with a real example of each."""

from __future__ import annotations

import random

from pioneer.bench.adaptft.perturb.kinds import KINDS, OF_GENERATION, Kind
from pioneer.bench.adaptft.perturb.stock import Stock, bank

_TEXT = "how do i change my birthday? it shows 01/01/1900"
_OTHER = "canceled HP-27015 same evening, when do i see my money again"
"""Two rows of the bundled corpus."""
_LONGEST = 180


def table() -> str:
    """A row for each kind; examples come from bank a, since figures come from bank b."""
    head = "| kind | rate, % | what it does | for learning | the truth says | an example |\n"
    rows = [_row(kind) for kind in (*KINDS, *OF_GENERATION)]
    return head + "|---|---|---|---|---|---|\n" + "".join(rows)


def _row(kind: Kind) -> str:
    shown = _shown(_example(kind, Stock(bank("a"), [_OTHER])))
    return (
        f"| {kind.name} | {kind.rate * 100:g} | {kind.what} | {kind.harm} | {kind.action} "
        f"| {shown} |\n"
    )


def _example(kind: Kind, stock: Stock) -> str:
    chance = random.Random(kind.name)
    text = _TEXT if kind.change is None else kind.change(_TEXT, chance, stock)
    copies = () if kind.copies is None else kind.copies(text, chance)
    return "\n".join((text, *copies))


def _shown(text: str) -> str:
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
    plain = short.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ⏎ ")
    return plain or "(nothing)"
