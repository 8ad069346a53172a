"""The strategist that needs no LLM: rules over the trial graph, the score band and the evidence."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from pioneer.families.base import Space
from pioneer.records import Recipe, Trial, TrialStatus
from pioneer.search.graph import candidates, recipe_hash, tried, value
from pioneer.search.policy import Move, decide
from pioneer.search.select import best_first, parents, standing
from pioneer.strategist.base import Proposal, SearchState
from pioneer.strategist.edits import Edit, Part, describe_mix, edits
from pioneer.strategist.evidence import Evidence, Hint, gather

_FIRST_KNOBS = ("learning_rate", "lr", "epochs", "steps", "batch")
_LEADING: dict[Move, tuple[frozenset[Part], ...]] = {
    Move.REBUILD: (frozenset({Part.DATA}), frozenset({Part.HYPER, Part.BASE})),
    Move.TUNE: (frozenset({Part.HYPER, Part.BASE}), frozenset({Part.DATA})),
    Move.SURGICAL: (frozenset({Part.DATA}), frozenset({Part.HYPER})),
    Move.EVOLVE: (frozenset({Part.HYPER, Part.BASE}), frozenset({Part.DATA})),
}
"""Which parts of a recipe a move changes first, second; the others come after."""
_HOPELESS = 2  # failures of a strategy on a base, without one success, after which to leave it
_POOL = 4  # best trials among which branches are fused


@dataclass(frozen=True, slots=True)
class Idea:
    """A proposal and what it varies; one iteration prefers ideas that vary different things."""

    proposal: Proposal
    topic: str


class RulesStrategist:
    """Deterministic for the same state and source of chance."""

    def propose(self, state: SearchState, k: int, rng: random.Random) -> list[Proposal]:
        """See `Strategist`: drafts first, then expand, evolve or fuse as the policy says."""
        lanes = _lanes(state, rng)
        known = set(tried(state.trials))
        hopeless = _hopeless(state.trials)
        chosen: list[Proposal] = []
        topics: set[str] = set()
        while len(chosen) < k and lanes:
            for lane in list(lanes):
                idea = _next(lane, known, topics, hopeless)
                if idea is None:
                    lanes.remove(lane)
                elif len(chosen) < k:
                    chosen.append(idea.proposal)
                    known.add(recipe_hash(idea.proposal.recipe))
                    topics.add(idea.topic)
        return chosen + _leftovers(state, k - len(chosen), known, hopeless)


def _lanes(state: SearchState, rng: random.Random) -> list[list[Idea]]:
    """Ideas in order of preference, one lane per source; lanes take turns.

    What no trial has used yet comes before any tuning: strategies differ more than their knobs.
    """
    decision = decide(state.trials, state.noise)
    if decision.move is Move.DRAFT:
        return [_drafts(state)]
    starts = parents(state.trials, state.planned, state.noise, rng)
    evidence = gather(state.trials, state.space)
    lanes = [[idea] for idea in _untried(state, starts[0])]
    if decision.move is Move.EVOLVE:
        lanes += [_fusions(state), _mutations(state, starts, evidence, rng)]
    return lanes + [_expansions(state, start, decision.move, evidence) for start in starts]


def _next(
    lane: Sequence[Idea],
    known: Collection[str],
    topics: Collection[str],
    hopeless: Collection[tuple[str, str]],
) -> Idea | None:
    """The first new idea of a lane, on a fresh topic if there is one."""
    fresh = [
        idea
        for idea in lane
        if recipe_hash(idea.proposal.recipe) not in known
        and _pair(idea.proposal.recipe) not in hopeless
    ]
    return next((idea for idea in fresh if idea.topic not in topics), next(iter(fresh), None))


def _drafts(state: SearchState) -> list[Idea]:
    """Every strategy with its defaults: first on the first base and mix, then on the others."""
    space = state.space
    return [
        Idea(
            Proposal(
                Recipe(base, strategy.name, strategy.defaults(), mix, state.seed),
                "draft",
                f"{strategy.name} on {base} with its default settings"
                f"{_with_mix(state, at)} gives a first reading",
            ),
            strategy.name,
        )
        for at, mix in enumerate(space.mixes)
        for base in space.bases
        for strategy in space.strategies
    ]


def _with_mix(state: SearchState, at: int) -> str:
    mixes = state.space.mixes
    return f" and other data ({describe_mix(mixes[0], mixes[at])})" if at else ""


def _untried(state: SearchState, start: Trial) -> list[Idea]:
    """The strategies, then the bases, that no trial has used yet, on top of the best trial."""
    used = {trial.recipe.strategy for trial in state.trials}
    based = {trial.recipe.base for trial in state.trials}
    return [
        _idea(state, start, edit, Hint(0.0, False, f"no trial has used {other} yet"), "expand")
        for edit in edits(_seeded(state, start), state.space)
        if (other := _novelty(edit, used, based))
    ]


def _novelty(edit: Edit, used: Collection[str], based: Collection[str]) -> str | None:
    if edit.part is Part.STRATEGY and edit.recipe.strategy not in used:
        return edit.recipe.strategy
    if edit.part is Part.BASE and edit.recipe.base not in based:
        return edit.recipe.base
    return None


def _expansions(state: SearchState, start: Trial, move: Move, evidence: Evidence) -> list[Idea]:
    """All single changes of a trial, in the order in which the band and the evidence put them."""
    return [
        _idea(state, start, edit, hint, "expand")
        for edit, hint in _ranked(state, start, move, evidence)
    ]


def _ranked(
    state: SearchState, start: Trial, move: Move, evidence: Evidence
) -> list[tuple[Edit, Hint]]:
    """Single changes, the most promising first.

    The band's own kind of change leads; what hurt beyond the noise comes last. A change of which
    nothing is known is given the noise as its expected gain, less the further back its knob stands.
    """
    found = []
    for at, edit in enumerate(edits(_seeded(state, start), state.space)):
        hint = evidence.of(edit)
        hope = hint.gain if hint.known else state.noise / (1 + _standing_of(edit, at))
        order = _order(edit.part, move)
        hurts = hint.known and hint.gain < -state.noise
        found.append(((hurts, order, -hope, _standing_of(edit, at), at), edit, hint))
    found.sort(key=lambda item: item[0])
    return [(edit, hint) for _, edit, hint in found]


def _order(part: Part, move: Move) -> int:
    leading = _LEADING[move]
    return next((at for at, parts in enumerate(leading) if part in parts), len(leading))


def _standing_of(edit: Edit, at: int) -> int:
    """How far back a change stands before anything is known of it."""
    first = next((n for n, name in enumerate(_FIRST_KNOBS) if name in edit.name), None)
    return first if first is not None else len(_FIRST_KNOBS) + at


def _fusions(state: SearchState) -> list[Idea]:
    """The data of one good trial with the hyperparameters, strategy and base of another."""
    pool = best_first(standing(state.trials, state.noise))[:_POOL]
    pairs = [(one, other) for one in pool for other in pool if one.recipe.mix != other.recipe.mix]
    pairs.sort(key=lambda pair: -value(pair[0]) - value(pair[1]))
    ideas = []
    for one, other in pairs:
        theirs = other.recipe
        recipe = Recipe(theirs.base, theirs.strategy, theirs.hyper, one.recipe.mix, state.seed)
        text = (
            f"the data of trial {one.number} ({value(one):.3f}) may suit the training of "
            f"trial {other.number} ({value(other):.3f})"
        )
        ideas.append(Idea(Proposal(recipe, "fuse", text, (one.number, other.number)), "fuse"))
    return ideas


def _mutations(
    state: SearchState, starts: Sequence[Trial], evidence: Evidence, rng: random.Random
) -> list[Idea]:
    """Two changes at once: one that the trajectory speaks for, and one drawn by chance."""
    ideas = []
    for start in starts:
        ranked = _ranked(state, start, Move.EVOLVE, evidence)
        promising = [edit for edit, hint in ranked if hint.gain >= -state.noise]
        for first in promising[:_POOL]:
            rest = [
                edit
                for edit in edits(first.recipe, state.space)
                if edit.name != first.name and edit.part in (Part.HYPER, Part.DATA)
            ]
            if rest:
                ideas.append(_mutation(start, first, rng.choice(rest)))
    return ideas


def _mutation(start: Trial, first: Edit, second: Edit) -> Idea:
    text = (
        f"{first.text}, and {second.text}, in trial {start.number} ({value(start):.3f}): "
        "single changes stopped gaining"
    )
    return Idea(Proposal(second.recipe, "evolve", text, (start.number,)), "evolve")


def _idea(state: SearchState, start: Trial, edit: Edit, hint: Hint, operator: str) -> Idea:
    text = f"{edit.text} in trial {start.number} ({value(start):.3f}): {hint.why}"
    if edit.part is Part.DATA and state.failures:
        text += f"; most errors are on {_worst(state)}"
    return Idea(Proposal(edit.recipe, operator, text, (start.number,)), edit.name)


def _worst(state: SearchState) -> str:
    return ", ".join(f"{label!r} ({count})" for label, count in list(state.failures.items())[:3])


def _seeded(state: SearchState, trial: Trial) -> Recipe:
    recipe = trial.recipe
    return Recipe(recipe.base, recipe.strategy, recipe.hyper, recipe.mix, state.seed)


def _leftovers(
    state: SearchState,
    k: int,
    known: Collection[str],
    hopeless: Collection[tuple[str, str]],
) -> list[Proposal]:
    """Whatever the space still holds once every neighbour of the good trials was tried."""
    if k < 1:
        return []
    found: list[Proposal] = []
    for recipe in _whole(state.space, state.seed):
        if recipe_hash(recipe) not in known and _pair(recipe) not in hopeless:
            text = "the last corners of the space: no single change of a good trial is left"
            found.append(Proposal(recipe, "draft", text))
            if len(found) == k:
                break
    return found


def _whole(space: Space, seed: int) -> Iterator[Recipe]:
    for strategy, base, mix in product(space.strategies, space.bases, space.mixes):
        names = [knob.name for knob in strategy.knobs]
        for values in product(*(knob.values for knob in strategy.knobs)):
            hyper = dict(zip(names, values, strict=True))
            yield Recipe(base, strategy.name, hyper, mix, seed)


def _hopeless(trials: Sequence[Trial]) -> frozenset[tuple[str, str]]:
    """Strategies on a base that failed twice and never finished."""
    worked = {_pair(trial.recipe) for trial in candidates(trials)}
    failed = [_pair(t.recipe) for t in trials if t.status is TrialStatus.FAILED]
    return frozenset(pair for pair in failed if failed.count(pair) >= _HOPELESS) - worked


def _pair(recipe: Recipe) -> tuple[str, str]:
    return recipe.strategy, recipe.base
