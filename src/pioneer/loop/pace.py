"""Fit trials into the time that is left: fewer folds first, then fewer fits to average and epochs.

Only a run with a time limit is paced; with trials alone every recipe is trained as proposed, and
asked on as many folds as give rows enough to compare by. What was cut is part of the trial's recipe
and of the report. design/002 says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from pioneer.loop.question import FOLDS, AnyQuestion
from pioneer.loop.room import Room
from pioneer.records import Recipe
from pioneer.strategist.base import Proposal

PILOT_ROWS = 192
ENOUGH_ROWS = 200
"""Answered out of fold, without a time limit: further folds would cost more than they tell."""
_ENOUGH_SERVED = 40
"""The same where a version serves: they tell a recipe that does not work, and the gate judges."""
_MARGIN = 0.92
"""Share of the time left that is planned for; the rest is for what was misjudged."""
_ENDING = 8.0
"""Seconds for loading what was trained, for the report and for registering."""
_STARTING = 2.5
"""Seconds of a fit that do not depend on its rows: loading the base, preparing."""
_ASKING = 0.4
"""Answering a row, as a share of training on it once."""
_SPREAD = 1.8
"""How much faster one fit is on two workers' threads than on one's."""


_ONCE = {"epochs": 1, "members": 1}
"""Knobs that say how often a training passes over its rows, at their least."""

_Cell: TypeAlias = tuple[str, str]
"""Strategy and base: what the speed of a pass depends on."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A proposal as it will be trained."""

    proposal: Proposal
    folds: int = FOLDS
    alone: bool = False
    """Whether it is the only costly fit, and so gets the threads of all workers."""
    note: str = ""
    """What was cut, in words."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An iteration that fits, and what it and the final fit are expected to take (seconds)."""

    trials: tuple[Planned, ...]
    seconds: float = 0.0
    final: float = 0.0


@dataclass(frozen=True, slots=True)
class _Cut:
    """One way to spend less. `share` is that of the time left that an iteration so cut may take."""

    folds: int
    epochs: float
    share: float
    averages: bool = True
    """Whether a recipe that averages several fits may do so."""


def pace(
    room: Room, question: AnyQuestion, proposals: Sequence[Proposal], *, first: bool = True
) -> Plan:
    """The proposals as they fit into the time left; empty where nothing fits.

    Epochs are cut only where it is the `first` iteration: a model is wanted then at any rate.
    """
    budget = question.request.budget
    if budget.seconds is None:
        return Plan(tuple(_untimed(proposal, _enough(question)) for proposal in proposals))
    rates = _rates(room, question, proposals)
    left = (budget.seconds - room.elapsed) * _MARGIN - _ENDING
    for cut in _cuts(question, first):
        planned = [_cut(proposal, cut) for proposal in proposals]
        plan = _priced(question, planned, rates)
        if plan.seconds <= (left - plan.final) * cut.share:
            return plan
    cheap = [p for p in proposals if rates[_cell(p.recipe)] == 0.0]
    return _priced(question, [Planned(proposal) for proposal in cheap], rates)


def _enough(question: AnyQuestion) -> int:
    prepared = question.prepared
    if not prepared.out_of_fold:
        return FOLDS
    least, enough = (2, ENOUGH_ROWS) if question.parent is None else (1, _ENOUGH_SERVED)
    return min(FOLDS, max(least, math.ceil(enough * FOLDS / max(prepared.rows_dev, 1))))


def _untimed(proposal: Proposal, folds: int) -> Planned:
    notes = [f"scored on {folds} of {FOLDS} folds"] if folds < FOLDS else []
    return Planned(proposal, folds, note="; ".join(_fits(proposal.recipe) + notes))


def _fits(recipe: Recipe) -> list[str]:
    return [f"scored by one of {recipe.members} fits"] if recipe.members > 1 else []


def _cuts(question: AnyQuestion, first: bool) -> Iterator[_Cut]:
    """From all folds, averaged fits and epochs to the least. Half of the time at most goes into
    further folds: another recipe tells more than a surer score of this one."""
    if question.prepared.out_of_fold:
        yield from (_Cut(folds, 1.0, 0.5) for folds in range(FOLDS, 1, -1))
        least = 1
    else:
        least = FOLDS
    yield _Cut(least, 1.0, 1.0)
    if first:
        yield from (_Cut(least, share, 1.0, False) for share in (1.0, 0.75, 0.5, 0.35, 0.25, 0.15))


def _cut(proposal: Proposal, cut: _Cut) -> Planned:
    recipe = proposal.recipe
    epochs = recipe.hyper.get("epochs")
    if not isinstance(epochs, int):
        return Planned(proposal)
    notes = []
    if cut.folds < FOLDS:
        notes.append(f"scored on {cut.folds} of {FOLDS} folds")
    if recipe.members > 1 and not cut.averages:
        notes.append(f"1 fit instead of the mean of {recipe.members}")
        recipe = recipe.alone
    fewer = max(1, round(epochs * cut.epochs))
    if fewer < epochs:
        recipe = replace(recipe, hyper={**recipe.hyper, "epochs": fewer})
        notes.append(f"{fewer} of {epochs} epochs")
    short = [f"the time left allows only: {', '.join(notes)}"] if notes else []
    note = "; ".join(_fits(recipe) + short)
    return Planned(replace(proposal, recipe=recipe), cut.folds, note=note)


def _priced(
    question: AnyQuestion, planned: Sequence[Planned], rates: Mapping[_Cell, float]
) -> Plan:
    """The plan with its seconds. Fits of equal cost are spread over the workers."""
    prepared, workers = question.prepared, question.request.workers
    fits: list[float] = []
    final = 0.0
    for item in planned:
        rate = rates[_cell(item.proposal.recipe)]
        recipe = item.proposal.recipe
        passes = rate * recipe.alone.passes * (1 + recipe.mix.twins)
        learned, asked = float(prepared.rows_train), float(prepared.rows_dev)
        count = 1
        if prepared.out_of_fold:
            learned, asked = learned * (FOLDS - 1) / FOLDS, asked / FOLDS
            count = item.folds
        if rate:
            fits += [passes * learned + rate * _ASKING * asked + _STARTING] * count
            refit = passes * recipe.members * prepared.rows_all + _STARTING
            final = max(final, refit if prepared.out_of_fold else refit / _SPREAD)
    alone = len(fits) == 1
    rounds = -(-len(fits) // workers)
    seconds = (
        fits[0] / _SPREAD if alone else max(max(fits, default=0.0) * rounds, sum(fits) / workers)
    )
    trials = tuple(
        replace(item, alone=alone and _epochs(item.proposal.recipe) > 0) for item in planned
    )
    return Plan(trials, seconds, final)


def _epochs(recipe: Recipe) -> int:
    """Passes over the rows; 0 for a strategy that makes none."""
    epochs = recipe.hyper.get("epochs", 0)
    return epochs if isinstance(epochs, int) else 0


def _rates(room: Room, question: AnyQuestion, proposals: Sequence[Proposal]) -> dict[_Cell, float]:
    """Seconds for a row and epoch on one worker; 0 for strategies without epochs.

    A strategy is measured once in a run for each base, by one pass with its default knobs.
    """
    found = {_cell(proposal.recipe): 0.0 for proposal in proposals}
    jobs = {}
    for recipe in (proposal.recipe for proposal in proposals):
        if _epochs(recipe):
            once = {name: one for name, one in _ONCE.items() if name in recipe.hyper}
            plain = Recipe(recipe.base, recipe.strategy, once, seed=recipe.seed)
            jobs[" on ".join(_cell(recipe))] = replace(
                question.jobs(room, plain)[0],
                score=None,
                folds=None,
                fold=None,
                keep=False,
                pilot=PILOT_ROWS,
            )
    results = room.do("measuring speed", jobs)
    for cell in found:
        result = results.get(" on ".join(cell))
        if result is not None:
            found[cell] = result.train_seconds / max(result.rows, 1)
    return found


def _cell(recipe: Recipe) -> _Cell:
    return recipe.strategy, recipe.base
