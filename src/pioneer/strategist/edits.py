"""Single changes of a recipe that the space allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from pioneer.families.base import Knob, Space, Strategy
from pioneer.records import Mix, Recipe, Scalar, canonical


class Part(StrEnum):
    DATA = "data"
    HYPER = "hyper"
    STRATEGY = "strategy"
    BASE = "base"


@dataclass(frozen=True, slots=True)
class Edit:
    """One change: `name` (a knob, or the part itself) goes from `before` to `after`."""

    part: Part
    name: str
    before: str
    after: str
    """Canonical JSON, so that edits of different recipes can be compared."""
    step: int
    """+1 or -1 along a knob's ordered values; 0 where there is no order."""
    recipe: Recipe
    """The recipe after the change."""
    text: str
    """What is done, for the report: 'raise learning_rate from 1e-05 to 3e-05'."""


def edits(recipe: Recipe, space: Space) -> list[Edit]:
    """All single changes of a recipe: neighbouring knob values, mixes, strategies and bases.

    A new strategy starts from its own defaults. Parts of the recipe that the space does not know
    are left alone.
    """
    return [
        *_hyper_edits(recipe, space),
        *_mix_edits(recipe, space),
        *_strategy_edits(recipe, space),
        *_base_edits(recipe, space),
    ]


def strategy_of(recipe: Recipe, space: Space) -> Strategy | None:
    return next((item for item in space.strategies if item.name == recipe.strategy), None)


def is_ordered(knob: Knob) -> bool:
    """Whether the knob's values stand on a scale, so that a direction means something."""
    return all(map(_is_number, knob.values))


def _is_number(value: Scalar) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Scalar) -> float:
    return float(str(value))


def _hyper_edits(recipe: Recipe, space: Space) -> Iterator[Edit]:
    strategy = strategy_of(recipe, space)
    for knob in strategy.knobs if strategy else ():
        now = recipe.hyper.get(knob.name, knob.default)
        for value, step in _neighbours(knob, now):
            yield Edit(
                Part.HYPER,
                knob.name,
                canonical(now),
                canonical(value),
                step,
                replace(recipe, hyper={**recipe.hyper, knob.name: value}),
                _turn(knob.name, now, value, step),
            )


def _neighbours(knob: Knob, now: Scalar) -> list[tuple[Scalar, int]]:
    """The next values up and down a scale, or all other values of a choice.

    A number between two listed values (the clock may have cut it) has those as neighbours.
    """
    if not is_ordered(knob) or not _is_number(now):
        return [(value, 0) for value in knob.values if value != now]
    scale = sorted(knob.values, key=_number)
    up = [(value, 1) for value in scale if _number(value) > _number(now)]
    down = [(value, -1) for value in scale if _number(value) < _number(now)]
    return up[:1] + down[-1:]


def _mix_edits(recipe: Recipe, space: Space) -> Iterator[Edit]:
    for mix in space.mixes:
        if mix != recipe.mix:
            yield Edit(
                Part.DATA,
                "data mix",
                canonical(recipe.mix),
                canonical(mix),
                0,
                replace(recipe, mix=mix),
                describe_mix(recipe.mix, mix),
            )


def _strategy_edits(recipe: Recipe, space: Space) -> Iterator[Edit]:
    for strategy in space.strategies:
        if strategy.name != recipe.strategy:
            yield Edit(
                Part.STRATEGY,
                "strategy",
                canonical(recipe.strategy),
                canonical(strategy.name),
                0,
                replace(recipe, strategy=strategy.name, hyper=strategy.defaults()),
                f"train with {strategy.name} instead of {recipe.strategy}",
            )


def _base_edits(recipe: Recipe, space: Space) -> Iterator[Edit]:
    for base in space.bases:
        if base != recipe.base:
            yield Edit(
                Part.BASE,
                "base",
                canonical(recipe.base),
                canonical(base),
                0,
                replace(recipe, base=base),
                f"start from base {base} instead of {recipe.base}",
            )


def _turn(name: str, now: Scalar, value: Scalar, step: int) -> str:
    verb = {1: "raise", -1: "lower", 0: "change"}[step]
    return f"{verb} {name} from {_shown(now)} to {_shown(value)}"


def _shown(value: Scalar) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def describe_mix(old: Mix, new: Mix) -> str:
    """What changes between two mixes, in words; 'keep the data' if nothing does."""
    changes = []
    if new.rows != old.rows:
        changes.append(f"train on {_rows(new.rows)} instead of {_rows(old.rows)}")
    if new.hard_share != old.hard_share:
        changes.append(
            f"change the share of hard rows from {old.hard_share:.0%} to {new.hard_share:.0%}"
        )
    if new.drop_suspects != old.drop_suspects:
        verb = "leave out" if new.drop_suspects else "keep"
        changes.append(f"{verb} rows whose label looks wrong")
    if new.max_imbalance != old.max_imbalance:
        changes.append(_imbalance(new.max_imbalance))
    if new.near_duplicates != old.near_duplicates:
        changes.append(f"{'keep' if new.near_duplicates else 'remove'} near-duplicates")
    if new.twins != old.twins:
        changes.append(_twins(new.twins))
    return " and ".join(changes) or "keep the data"


def _rows(rows: int | None) -> str:
    return "all rows" if rows is None else f"{rows} rows"


def _imbalance(cap: float) -> str:
    return f"let no label exceed {cap:g} times another" if cap else "lift the cap on large labels"


def _twins(share: float) -> str:
    return f"learn {share:.0%} of the rows a second time, with slips" if share else "learn no twins"
