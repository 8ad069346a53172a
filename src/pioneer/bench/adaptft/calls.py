"""What is logged: source rows as they are really sent, with the truth that no arm sees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pioneer.bench.adaptft import perturb
from pioneer.bench.adaptft.perturb import KINDS, OF_GENERATION, Harm, Said, Stock, perturbed
from pioneer.families.lots import lot
from pioneer.records import Example, Target, Task

_HICCUPS = 0.015
"""Share of the calls that time out and are sent again."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call and the truth about it."""

    id: str
    text: str
    source: str
    """Id of the row that it was made of."""
    clean: str
    """The text of that row."""
    kinds: tuple[str, ...]
    harm: Harm | None
    """None where nothing befell it."""
    gold: Target | None
    """The right answer; None where none survives."""
    attempt: int = 0
    """Of a call that timed out, or of a copy: how many went before it."""


def calls(
    task: Task, rows: Sequence[Example], share: float, stock: Stock, key: str, twins: bool
) -> list[Call]:
    """The calls of a stage, in the order in which they are made: that of lots, so that neither
    their order nor their ids say what befell them."""
    others = _others(rows)
    made: list[list[Call]] = []
    for row in rows:
        own = Stock(stock.bank, others[str(row.target)])
        made.append(_of(task, row, share, own, key))
        if twins:
            made.append([Call("", row.input, row.id, row.input, (), None, row.target)])
    order = sorted(enumerate(made), key=lambda at: lot(0, f"{key} order {at[0]}"))
    drawn = [call for _, some in order for call in some]
    return [_numbered(call, key, number) for number, call in enumerate(drawn)]


def _of(task: Task, row: Example, share: float, stock: Stock, key: str) -> list[Call]:
    """The call of a row, its copies, and one more where it timed out."""
    kinds = KINDS if task.labels else (*KINDS, *OF_GENERATION)
    befallen = perturbed(row.input, f"{key} {row.id}", stock, share, kinds)
    names = tuple(kind.name for kind in befallen.kinds)
    gold = row.target if befallen.survives else _outside(task, befallen.kinds)
    texts = [befallen.text, *befallen.copies]
    if lot(0, f"{key} {row.id} hiccup") < _HICCUPS:
        texts.insert(0, befallen.text)
    return [
        Call("", text, row.id, row.input, names, befallen.harm, gold, attempt)
        for attempt, text in enumerate(texts)
    ]


def _outside(task: Task, kinds: Sequence[perturb.Kind]) -> Target | None:
    """The right answer where that of the source does not survive: the label for what is out of
    scope, if there is one and the text is no more than that."""
    outside = all(kind.survives or kind.said is Said.OUTSIDE for kind in kinds)
    return task.out_of_scope if outside else None


def _numbered(call: Call, key: str, number: int) -> Call:
    return replace(call, id=f"{int(lot(1, f'{key} {number}') * 2**40):010x}-{number}")


def _others(rows: Sequence[Example]) -> Mapping[str, list[str]]:
    """Texts with another right answer, by answer."""
    by_answer: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        by_answer[str(row.target)].append(row.input)
    return {
        answer: [text for other, texts in by_answer.items() if other != answer for text in texts]
        for answer in by_answer
    }
