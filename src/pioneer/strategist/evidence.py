"""What the trials so far say about a change before it is tried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pioneer.families.base import Space
from pioneer.records import Recipe, Scalar, Trial, canonical
from pioneer.search.graph import candidates, value
from pioneer.strategist.edits import Edit, Part, strategy_of

_TRUST = 0.5  # how much of a gain is expected again one step further along the same knob


@dataclass(frozen=True, slots=True)
class Hint:
    """What to expect of a change."""

    gain: float
    """Expected difference of the score; 0 where nothing is known."""
    known: bool
    why: str


@dataclass(frozen=True, slots=True)
class Step:
    """The one thing that tells two trials apart, and the gain in score from one to the other."""

    before: str
    after: str
    direction: int
    gain: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """All steps seen, by what they changed. A knob's steps count within its strategy only."""

    steps: Mapping[tuple[str, str], Sequence[Step]]

    def of(self, edit: Edit) -> Hint:
        """What is known of the edit: the same step seen before, or one in its direction."""
        seen = self.steps.get(_key(edit.name, edit.part, edit.recipe), ())
        same = [_signed(step, edit) for step in seen if _is_step(step, edit)]
        if same:
            gain = sum(same) / len(same)
            return Hint(gain, True, f"the same change {_verdict(gain)} before")
        along = [step.gain * step.direction * edit.step for step in seen if step.direction]
        if along and edit.step:
            gain = _TRUST * sum(along) / len(along)
            verb = "raising" if edit.step > 0 else "lowering"
            return Hint(gain, True, f"{verb} {edit.name} points {_trend(gain)} so far")
        return Hint(0.0, False, f"the effect of {edit.name} is not known yet")


def gather(trials: Sequence[Trial], space: Space) -> Evidence:
    """The evidence of all pairs of finished trials that differ in exactly one thing.

    The two need not be parent and child. Pairs that differ in more say nothing for sure; sharing
    their gain among the things that differ was tried and found no better.
    """
    steps: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for one, other in combinations(candidates(trials), 2):
        found = _differences(one.recipe, other.recipe, space)
        if len(found) == 1:
            key, before, after, direction = found[0]
            gain = value(other) - value(one)
            steps[key].append(Step(before, after, direction, gain))
    return Evidence(steps)


_Difference = tuple[tuple[str, str], str, str, int]


def _differences(one: Recipe, other: Recipe, space: Space) -> list[_Difference]:
    """What tells two recipes apart; another strategy counts as one thing, knobs included."""
    found: list[_Difference] = []
    for name, part, before, after in (
        ("data mix", Part.DATA, canonical(one.mix), canonical(other.mix)),
        ("base", Part.BASE, canonical(one.base), canonical(other.base)),
        ("strategy", Part.STRATEGY, canonical(one.strategy), canonical(other.strategy)),
    ):
        if before != after:
            found.append((_key(name, part, other), before, after, 0))
    strategy = strategy_of(other, space)
    if one.strategy != other.strategy or strategy is None:
        return found
    for knob in strategy.knobs:
        old = one.hyper.get(knob.name, knob.default)
        new = other.hyper.get(knob.name, knob.default)
        if old != new:
            key = _key(knob.name, Part.HYPER, other)
            found.append((key, canonical(old), canonical(new), _direction(old, new)))
    return found


def _direction(old: Scalar, new: Scalar) -> int:
    numbers = [v for v in (old, new) if isinstance(v, int | float) and not isinstance(v, bool)]
    return 0 if len(numbers) < 2 else (1 if numbers[1] > numbers[0] else -1)


def _key(name: str, part: Part, recipe: Recipe) -> tuple[str, str]:
    return (recipe.strategy if part is Part.HYPER else part.value), name


def _is_step(step: Step, edit: Edit) -> bool:
    return {step.before, step.after} == {edit.before, edit.after}


def _signed(step: Step, edit: Edit) -> float:
    return step.gain if step.after == edit.after else -step.gain


def _verdict(gain: float) -> str:
    return f"{'gained' if gain >= 0 else 'lost'} {abs(gain):.3f}"


def _trend(gain: float) -> str:
    return "up" if gain > 0 else "down"
