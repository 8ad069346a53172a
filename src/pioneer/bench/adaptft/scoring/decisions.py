"""Whether an arm's decisions were right, by rows that it never saw."""

from __future__ import annotations

from dataclasses import dataclass

from pioneer.bench.adaptft.scoring.marks import Marked, Run

MARGIN = 0.01
"""A change of the metric that counts, up or down."""
ENOUGH = 2000
"""Questions on which so small a harm can be told from chance."""
_PROMOTED, _HELD = "promoted", ("hold", "need_more_data")
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Harmful:
    """A promotion that made what serves worse."""

    seed: int
    stage: int
    arm: str
    difference: float
    """Of what serves since to what served before."""
    questions: int
    enough: bool
    """Whether there are at least `ENOUGH` of them."""


def right(run: Run, arm: str, stage: int) -> bool | None:
    """A promotion is right that does no harm; holding back is right unless what was held back is
    better by more than the margin. None where nothing was decided, or it cannot be told."""
    step, before = run.steps[arm, stage], run.deployed(arm, stage - 1)
    if before is None:
        return None
    if step.cell.decision == _PROMOTED:
        return not _harms(step.deployed.whole.value - before.whole.value)
    if step.cell.decision not in _HELD:
        return None
    if step.candidate is None:
        return True
    return step.candidate.whole.value - before.whole.value <= MARGIN + _ROUNDING


def harmful(marked: Marked) -> list[Harmful]:
    """All of them, of every arm that promotes, by arm, seed and stage."""
    found = []
    for run in marked.runs:
        for (arm, stage), step in run.steps.items():
            before = run.deployed(arm, stage - 1)
            if step.cell.decision != _PROMOTED or before is None:
                continue
            change = step.deployed.whole.value - before.whole.value
            if _harms(change):
                enough = run.questions >= ENOUGH
                found.append(Harmful(run.seed, stage, arm, change, run.questions, enough))
    return sorted(found, key=lambda one: (one.arm, one.seed, one.stage))


def _harms(change: float) -> bool:
    return change <= -MARGIN + _ROUNDING
