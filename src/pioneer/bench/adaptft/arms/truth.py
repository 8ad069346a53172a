"""The log as an oracle sees it: no poison, every right answer, in the form that teaches most."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from pioneer.bench.adaptft.arms.base import Turn
from pioneer.bench.adaptft.arms.fixed import cheap_probe, out_of_fold
from pioneer.bench.adaptft.cells import target
from pioneer.bench.adaptft.perturb import Harm
from pioneer.bench.adaptft.scene import Line
from pioneer.records import Example


class Form(StrEnum):
    """What to learn from calls that something befell; the others are the same in each."""

    BOTH = "both"
    SENT = "sent"
    REPAIRED = "repaired"


@dataclass(frozen=True, slots=True)
class _Row:
    line: Line
    source: str
    """Of the row that was logged; all its forms are one group, here and for `improve`."""
    forms: Collection[Form] = tuple(Form)
    """In which it is learned from."""

    @property
    def example(self) -> Example:
        right = target(self.line["expected"])
        return Example(self.line["id"], self.line["input"], right, group=self.source)


def repaired(turn: Turn) -> list[Line]:
    """The calls of the stage that are no poison, each with the right answer: as sent, repaired or
    both, whichever a cheap probe likes best on all calls so far."""
    stages = [_rows(turn, stage) for stage in range(1, turn.stage + 1)]
    chosen = preferred(turn, [row for rows in stages for row in rows])
    return [row.line for row in stages[-1] if chosen in row.forms]


def preferred(turn: Turn, rows: list[_Row]) -> Form:
    """The form whose probe gets most rows right, of every form, that it did not see."""
    scores = {form: _score(turn, form, rows) for form in Form}
    return max(Form, key=lambda form: scores[form])


def _score(turn: Turn, form: Form, rows: list[_Row]) -> float:
    scene = turn.scene
    task, clean = scene.card.task, scene.clean()
    taught = {row.id for row in clean} | {row.line["id"] for row in rows if form in row.forms}
    examples = [*clean, *(row.example for row in rows)]
    said = out_of_fold(turn, cheap_probe(scene), examples, taught)
    answered = [row.example for row in rows if row.line["id"] in said]
    return sum(scene.family.score_row(task, row, said[row.id]).score for row in answered)


def _rows(turn: Turn, stage: int) -> list[_Row]:
    """Of a stage's calls that have a right answer and are no poison. What can be repaired comes in
    two forms; copies are repaired once."""
    found = []
    for row, true in zip(turn.scene.log(stage), turn.scene.truth(stage), strict=True):
        if true["gold"] is None or true["harm"] == Harm.POISON:
            continue
        source = true["source"]
        sent = row | {"expected": true["gold"], "parent": source}
        if true["harm"] != Harm.FIXABLE:
            found.append(_Row(sent, source))
            continue
        found.append(_Row(sent, source, (Form.BOTH, Form.SENT)))
        if true["attempt"] == 0:
            again = {"id": f"{row['id']} repaired", "input": true["clean"]}
            found.append(_Row(sent | again, source, (Form.BOTH, Form.REPAIRED)))
    return found
