"""Fit trials into the time that is left: fewer folds first, then fewer epochs.

Only a run with a time limit is paced; with trials alone every recipe is trained as proposed. What
was cut is part of the trial's recipe and of the report.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pioneer.loop.question import FOLDS, Question
from pioneer.loop.room import Room
from pioneer.records import Recipe
from pioneer.strategist.base import Proposal

PILOT_ROWS = 192
_USABLE = 0.85
"""Share of the time left that is planned for; the rest is for what was misjudged."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A proposal as it will be trained."""

    proposal: Proposal
    folds: int = FOLDS
    note: str = ""
    """What the clock cut, in words."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An iteration that fits, and what it and the final fit are expected to take (seconds)."""

    trials: tuple[Planned, ...]
    seconds: float = 0.0
    final: float = 0.0


def pace(room: Room, question: Question, proposals: Sequence[Proposal]) -> Plan:
    """The proposals as they fit into the time left; empty where nothing fits."""
    budget = question.request.budget
    if budget.seconds is None:
        return Plan(tuple(Planned(proposal) for proposal in proposals))
    rates = _rates(room, question, proposals)
    left = (budget.seconds - room.elapsed) * _USABLE
    for folds, share in _cuts(question):
        planned = [_cut(proposal, folds, share) for proposal in proposals]
        plan = _priced(question, planned, rates)
        if plan.seconds + plan.final <= left:
            return plan
    cheap = [p for p in proposals if rates[p.recipe.strategy] == 0.0]
    return _priced(question, [Planned(proposal) for proposal in cheap], rates)


def _cuts(question: Question) -> Iterator[tuple[int, float]]:
    """Folds and share of the epochs, from all to least."""
    folds = (5, 4, 3, 2, 1) if question.prepared.out_of_fold else (FOLDS,)
    yield from ((count, 1.0) for count in folds)
    yield from ((folds[-1], share) for share in (0.75, 0.5, 0.35, 0.25, 0.15))


def _cut(proposal: Proposal, folds: int, share: float) -> Planned:
    recipe = proposal.recipe
    epochs = recipe.hyper.get("epochs")
    notes = []
    if folds < FOLDS and "epochs" in recipe.hyper:
        notes.append(f"scored on {folds} of {FOLDS} folds")
    else:
        folds = FOLDS
    if share < 1 and isinstance(epochs, int):
        fewer = max(1, round(epochs * share))
        recipe = replace(recipe, hyper={**recipe.hyper, "epochs": fewer})
        notes.append(f"{fewer} of {epochs} epochs")
    note = f"the time left allows only: {', '.join(notes)}" if notes else ""
    return Planned(replace(proposal, recipe=recipe), folds, note)


def _priced(question: Question, planned: Sequence[Planned], rates: Mapping[str, float]) -> Plan:
    prepared = question.prepared
    work, longest, final = 0.0, 0.0, 0.0
    for item in planned:
        passes = rates[item.proposal.recipe.strategy] * _epochs(item.proposal.recipe)
        if prepared.out_of_fold:
            one = passes * prepared.rows_train * (FOLDS - 1) / FOLDS
            work += one * item.folds
        else:
            one = passes * prepared.rows_train
            work += one
        longest = max(longest, one)
        final = max(final, passes * prepared.rows_all)
    seconds = max(longest, math.ceil(work) / question.request.workers)
    return Plan(tuple(planned), seconds, final)


def _epochs(recipe: Recipe) -> int:
    epochs = recipe.hyper.get("epochs", 1)
    return epochs if isinstance(epochs, int) else 1


def _rates(room: Room, question: Question, proposals: Sequence[Proposal]) -> dict[str, float]:
    """Seconds for a row and epoch, by strategy; 0 for strategies without epochs."""
    found: dict[str, float] = {}
    jobs = {}
    for proposal in proposals:
        recipe = proposal.recipe
        found.setdefault(recipe.strategy, 0.0)
        if "epochs" in recipe.hyper and recipe.strategy not in jobs:
            job = question.jobs(room, recipe)[0]
            jobs[recipe.strategy] = replace(
                job, score=None, folds=None, fold=None, keep=False, pilot=PILOT_ROWS
            )
    for strategy, result in room.do("measuring speed", jobs).items():
        found[strategy] = result.train_seconds / max(result.rows, 1)
    return found
