"""Whether an arm's decisions were right, and what they harmed, by rows that it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pioneer.bench.adaptft.scoring.marks import Marked, Run

MARGIN = 0.01
"""A change of the metric that counts, up or down."""
ENOUGH = 2000
"""Questions on which so small a harm can be told from chance."""
_PROMOTED, _HELD = "promoted", ("hold", "need_more_data")
_SERVED = (_PROMOTED, "deployed")
"""After which something else may serve."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Harmful:
    """A promotion, or a deployment without a gate, that made what serves worse."""

    seed: int
    stage: int
    arm: str
    decision: str
    """promoted | deployed"""
    difference: float
    """Of what serves since to what served before."""
    questions: int
    enough: bool
    """Whether there are at least `ENOUGH` of them."""


def right(run: Run, arm: str, stage: int) -> bool | None:
    """A promotion is right that does no harm; holding back is right unless what was held back is
    better by more than the margin. None where there was nothing to decide on, or no gate."""
    step, before = run.steps[arm, stage], run.deployed(arm, stage - 1)
    if step.candidate is None or before is None:
        return None
    if step.cell.decision == _PROMOTED:
        return not _harms(step.deployed.whole.value - before.whole.value)
    if step.cell.decision not in _HELD:
        return None
    return step.candidate.whole.value - before.whole.value <= MARGIN + _ROUNDING


def harmful(marked: Marked) -> list[Harmful]:
    """All of them, of the seeds that have an arm whole, by arm, seed and stage."""
    found = [
        harm
        for arm in marked.arms
        for run in marked.whole(arm)
        for stage in range(1, len(marked.stages) + 1)
        if (harm := _harm(run, arm, stage)) is not None
    ]
    return sorted(found, key=lambda one: (one.arm, one.seed, one.stage))


def counted(harms: Sequence[Harmful], arm: str, *, enough: bool = True) -> int:
    """How many of an arm's are on enough questions, or on too few."""
    return sum(one.arm == arm and one.enough == enough for one in harms)


def _harm(run: Run, arm: str, stage: int) -> Harmful | None:
    step, before = run.steps[arm, stage], run.deployed(arm, stage - 1)
    if step.cell.decision not in _SERVED or before is None:
        return None
    change = step.deployed.whole.value - before.whole.value
    if not _harms(change):
        return None
    enough = run.questions >= ENOUGH
    return Harmful(run.seed, stage, arm, step.cell.decision, change, run.questions, enough)


def _harms(change: float) -> bool:
    return change <= -MARGIN + _ROUNDING
