"""The search: propose, train side by side, score on dev, until there is a reason to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pioneer.evaluation.confusion import failures
from pioneer.evaluation.intervals import score
from pioneer.execution.job import JobResult
from pioneer.families.base import Space
from pioneer.loop.pace import Plan, Planned, pace
from pioneer.loop.question import AnyQuestion, StatsOf, merged
from pioneer.loop.room import Room
from pioneer.records import Cost, Trial, TrialStatus, load
from pioneer.search.best import leader, noise
from pioneer.search.graph import candidates, recipe_hash, tried
from pioneer.search.stop import Stop, StopReason, exhausted, stop_reason, trials_left
from pioneer.strategist.base import Proposal, SearchState, Strategist, chance, repeats

_LONG_SEARCH = 10
"""Planned trials from which three seeds of one recipe are spent on measuring the noise."""


@dataclass(frozen=True, slots=True)
class Searched:
    trials: tuple[Trial, ...]
    noise: float
    stop: Stop


def search(room: Room, question: AnyQuestion, space: Space, strategist: Strategist) -> Searched:
    """Try recipes until target, plateau, budget or exhaustion. Every trial is in the journal."""
    stats_of = StatsOf(room)
    last = Plan(())
    iteration = 0
    while True:
        trials = replay(room)
        floor = noise(trials, stats_of, question.measure)
        decided = _decided(room, iteration)
        if decided is None:
            stop = _ended(room) or stop_reason(
                trials,
                question.request.target,
                floor,
                question.request.budget,
                room.elapsed,
                0.0,
                reserved=last.final,
            )
            if stop is None:
                state = _state(question, space, trials, floor, iteration, stats_of)
                last = _next(room, question, strategist, state)
                stop = _nothing(trials, last, question)
            if stop is not None:
                _end(room, stop)
                return Searched(trials, floor, stop)
            room.journal.append("iteration planned", {"iteration": iteration, "plan": last})
        else:
            last = decided
        _train(room, question, iteration, last)
        iteration += 1


def replay(room: Room) -> tuple[Trial, ...]:
    """All trials of the run, in proposal order: a view of the journal."""
    return tuple(load(Trial, entry.payload) for entry in room.journal.entries("trial"))


def _decided(room: Room, iteration: int) -> Plan | None:
    """What an earlier life planned for this iteration."""
    for entry in room.journal.entries("iteration planned"):
        if entry.payload["iteration"] == iteration:
            return load(Plan, entry.payload["plan"])
    return None


def _ended(room: Room) -> Stop | None:
    """Why an earlier life ended the search: the clock must not decide that twice."""
    for entry in room.journal.entries("search ended"):
        return load(Stop, entry.payload)
    return None


def _end(room: Room, stop: Stop) -> None:
    if _ended(room) is None:
        room.journal.append("search ended", stop)


def _state(
    question: AnyQuestion,
    space: Space,
    trials: tuple[Trial, ...],
    floor: float,
    iteration: int,
    stats_of: StatsOf,
) -> SearchState:
    task, request = question.prepared.task, question.request
    scored = candidates(trials)
    wrong = {}
    if scored:
        best = leader(scored, stats_of, question.measure)
        wrong = failures(stats_of(best), task.labels)
    return SearchState(
        space=space,
        trials=trials,
        noise=floor,
        target=request.target,
        rows=question.prepared.rows_train,
        iteration=iteration,
        planned=request.budget.trials or max(12, len(trials) + 2),
        seed=request.seed,
        instruction=task.instruction,
        metric=task.metric,
        labels=task.labels,
        failures=wrong,
    )


def _next(room: Room, question: AnyQuestion, strategist: Strategist, state: SearchState) -> Plan:
    """The next iteration: what the strategist proposes, as it fits into the time left."""
    request = question.request
    left = trials_left(state.trials, request.budget)
    k = request.workers if left is None else min(request.workers, left)
    proposals = _for_noise(state, k, left)
    if not proposals:
        rng = chance(request.seed, state.iteration)
        proposals = strategist.propose(state, k, rng)
    plan = pace(room, question, proposals, first=not candidates(state.trials))
    known = tried(state.trials)
    fresh = [item for item in plan.trials if recipe_hash(item.proposal.recipe) not in known]
    return replace(plan, trials=tuple(fresh))


def _for_noise(state: SearchState, k: int, left: int | None) -> list[Proposal]:
    """In a long search, the third iteration repeats the best recipe with two further seeds."""
    if state.iteration != 2 or left is None or left + len(state.trials) < _LONG_SEARCH:
        return []
    top = max(candidates(state.trials), key=lambda t: t.score.value if t.score else 0, default=None)
    return [] if top is None else repeats(state.trials, top)[:k]


def _nothing(trials: Sequence[Trial], plan: Plan, question: AnyQuestion) -> Stop | None:
    if plan.trials:
        return None
    if question.request.budget.seconds is None:
        return exhausted(trials)
    return Stop(StopReason.TIME, "no further recipe fits into the time left")


def _train(room: Room, question: AnyQuestion, iteration: int, plan: Plan) -> None:
    """Train an iteration's recipes side by side; journal them in the order proposed."""
    done = {trial.number: trial for trial in replay(room) if trial.iteration == iteration}
    first = min(done) if done else len(replay(room))
    jobs = {}
    for number, planned in enumerate(plan.trials, first):
        if number in done:
            continue
        room.say(f"trial {number}: {planned.proposal.hypothesis}{_cut_note(planned)}")
        recipe = planned.proposal.recipe
        for fold, job in question.jobs(room, recipe, planned.folds, planned.alone).items():
            jobs[f"{number}/{fold}"] = job
    results = room.do(f"iteration {iteration}", jobs)
    for number, planned in enumerate(plan.trials, first):
        if number in done:
            continue
        mine = [result for name, result in results.items() if name.startswith(f"{number}/")]
        trial = _trial(room, question, number, iteration, planned, mine)
        room.journal.append("trial", trial)
        room.say(_line(trial))


def _trial(
    room: Room,
    question: AnyQuestion,
    number: int,
    iteration: int,
    planned: Planned,
    results: Sequence[JobResult],
) -> Trial:
    proposal = planned.proposal
    seconds = sum(result.cost.seconds for result in results)
    passes = sum(result.cost.trained_rows for result in results)
    trial = Trial(
        number=number,
        iteration=iteration,
        recipe=proposal.recipe,
        operator=proposal.operator,
        hypothesis=proposal.hypothesis + _cut_note(planned),
        parents=proposal.parents,
        cost=Cost(seconds, passes),
    )
    error = next((result.error for result in results if result.error), None)
    if error is not None:
        return replace(trial, status=TrialStatus.FAILED, error=error)
    scored = merged(room, [result.stats for result in results if result.stats])
    measure = question.measure
    return replace(
        trial,
        status=TrialStatus.FINISHED,
        score=score(scored.stats, measure.metric, measure.aggregate, question.slices),
        stats=room.artifacts.put_json(scored),
        checkpoint=results[0].checkpoint,
    )


def _cut_note(planned: Planned) -> str:
    return f" ({planned.note})" if planned.note else ""


def _line(trial: Trial) -> str:
    if trial.score is None:
        return f"trial {trial.number} failed: {trial.error}"
    low, high = trial.score.ci95
    return (
        f"trial {trial.number}: {trial.score.metric} {trial.score.value:.4f} "
        f"[{low:.4f}, {high:.4f}] on dev, {trial.cost.seconds:.0f} s of training"
    )
