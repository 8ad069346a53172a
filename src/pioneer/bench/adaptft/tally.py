"""What triage did with a stage's log, against the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pioneer.bench.adaptft.cells import Sifted, Tally
from pioneer.bench.adaptft.scene import Line, Scene
from pioneer.loop.traffic.log import row_id

NOTHING = "none"


@dataclass(frozen=True, slots=True)
class _Row:
    kinds: Sequence[str]
    harm: str
    kept: bool
    harmful: bool


def tally(scene: Scene, stage: int, curation: Iterable[Line]) -> Tally:
    """`curation`: what the loop wrote of each row that it looked at, this stage's and others.
    Calls that it did not look at (nobody judged them, they are empty, or the answer named for them
    is no label) count nowhere."""
    said = {line["id"]: line for line in curation}
    found = [
        _row(call, true, said[name])
        for call, true in zip(scene.log(stage), scene.truth(stage), strict=True)
        if "expected" in call and (name := row_id(call["id"])) in said
    ]
    by_kind, by_harm = defaultdict(list), defaultdict(list)
    for row in found:
        by_harm[row.harm].append(row)
        for kind in row.kinds or (NOTHING,):
            by_kind[kind].append(row)
    return Tally(
        {name: _sifted(rows) for name, rows in sorted(by_kind.items())},
        {name: _sifted(rows) for name, rows in sorted(by_harm.items())},
    )


def _row(call: Line, true: Line, said: Line) -> _Row:
    return _Row(
        kinds=true["kinds"],
        harm=true["harm"] or NOTHING,
        kept=said["learnable"],
        harmful=call["expected"] != true["gold"],
    )


def _sifted(rows: Sequence[_Row]) -> Sifted:
    return Sifted(
        rows=len(rows),
        kept=sum(row.kept for row in rows),
        harmful=sum(row.harmful for row in rows),
        harmful_kept=sum(row.harmful and row.kept for row in rows),
    )
