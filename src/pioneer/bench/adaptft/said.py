"""What users say of a call: the simulated corrections."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.bench.adaptft.calls import Call
from pioneer.bench.adaptft.perturb import KINDS, OF_GENERATION, Said
from pioneer.families.base import Family
from pioneer.families.lots import lot
from pioneer.records import Example, Prediction, Target, Task

SILENT = 0.3
"""Share of the failures, and of the poison, that nobody corrects."""
BY_CHANCE = 0.2
"""Share of the poison whose correction is right by chance."""

_POLICY = {kind.name: kind.said for kind in (*KINDS, *OF_GENERATION)}


def correction(
    family: Family, task: Task, call: Call, answer: Prediction, wrong: Sequence[Target], key: str
) -> Target | None:
    """What a user says is right; None where nobody says anything.

    The draws depend on the source row alone and come before anything else, so that all copies of a
    call, and all arms, get the same. `wrong` are answers to choose a wrong one from.
    """
    policies = {_POLICY[name] for name in call.kinds}
    chance = lot(0, f"{key} {call.source} said")
    mistaken = _mistaken(call, wrong, lot(0, f"{key} {call.source} wrong"))
    if Said.FLIPPED in policies:
        return mistaken
    if Said.NOTHING in policies:
        return None
    if policies & {Said.POISONED, Said.OUTSIDE}:
        if chance < SILENT:
            return None
        right = chance < SILENT + BY_CHANCE and call.gold is not None
        return call.gold if right else mistaken
    return None if chance < SILENT and not passed(family, task, call, answer) else call.gold


def passed(family: Family, task: Task, call: Call, answer: Prediction) -> bool:
    """Whether the answer is right, by the task's metric; never where no right answer survives."""
    if call.gold is None:
        return False
    example = Example(call.id, call.text, call.gold)
    return family.passed(family.score_row(task, example, answer))


def _mistaken(call: Call, wrong: Sequence[Target], chance: float) -> Target | None:
    """One of the answers that are not the right one; None where there is no other."""
    others = [one for one in wrong if one != call.gold]
    return others[int(chance * len(others))] if others else None
