"""The gate: at most three finalists against the served version, on rows nobody learned from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pioneer.data.rows import Manifest
from pioneer.errors import TrainingError
from pioneer.evaluation.measure import is_binary, is_mean
from pioneer.execution.job import Job, JobResult, Scored
from pioneer.gates.better import permuted
from pioneer.gates.decide import FINALISTS, finalists, gate
from pioneer.gates.export import agreement
from pioneer.gates.limit import limit_of
from pioneer.gates.look import Look
from pioneer.gates.records import Agreement, Earlier, Evidence, GateVerdict, Outcome, paired
from pioneer.gates.share import shares
from pioneer.loop.question import Question, StatsOf
from pioneer.loop.request import Improve
from pioneer.loop.room import Room
from pioneer.loop.search import Searched
from pioneer.loop.settle import probes, unseal, ways_of
from pioneer.loop.traffic.asking import served_job
from pioneer.loop.traffic.lessons import Lessons
from pioneer.loop.traffic.outoffold import expected_failures, parents_rows
from pioneer.loop.traffic.parts import Parts
from pioneer.records import Prediction, Recipe, RowStat, Trial
from pioneer.registry.audits import Audit
from pioneer.registry.card import Serving
from pioneer.registry.versions import Version
from pioneer.search.best import best
from pioneer.search.graph import candidates

SURE = 2.0
"""Standard errors by which dev must prefer another trial to the first one."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A candidate as it would ship."""

    trial: int
    recipe: Recipe
    checkpoint: str
    serving: Serving
    scored: str
    """Artefact: its answers to gate and ratchet rows, loaded from the stored weights."""
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Finalist:
    """An entrant that the gate looked at."""

    entrant: Entrant
    verdict: GateVerdict


@dataclass(frozen=True, slots=True)
class Contest:
    before: str
    """Artefact: the served version's answers to gate and ratchet rows."""
    finalists: tuple[Finalist, ...]
    """In the order of `ranked`; the last one's verdict decides."""

    @property
    def last(self) -> Finalist:
        return self.finalists[-1]


@dataclass(frozen=True, slots=True)
class Ring:
    """What all finalists are measured by."""

    version: Version
    parts: Parts
    judging: str
    """Manifest: gate and ratchet rows together."""
    gate: frozenset[str]
    """Ids of the gate rows."""
    before: tuple[RowStat, ...]
    last: Look | None
    earlier: Sequence[Audit]

    @property
    def failures_only(self) -> bool:
        """Nothing in the gate rows could break."""
        return not any(stat.score == 1.0 for stat in self.before if stat.id in self.gate)


def contest(
    room: Room,
    question: Question[Improve, Lessons],
    version: Version,
    parts: Parts,
    searched: Searched,
    earlier: Sequence[Audit],
) -> Contest:
    """Open the gate rows once, after the search has ranked its candidates."""
    ring, before = _ring(room, question, version, parts, earlier)
    entrants: list[Entrant] = []

    def entering() -> Iterator[Evidence]:
        for trial in ranked(room, question, searched):
            entrants.append(_enter(room, question, ring, trial))
            yield _evidence(room, question, ring, entrants[-1])

    verdicts = list(finalists(entering(), limit_of(question.request.limit), ring.last))
    looked = tuple(Finalist(one, said) for one, said in zip(entrants, verdicts, strict=True))
    for one in looked:
        told = f"{one.verdict.outcome.value}, {one.verdict.reason}"
        room.say(f"trial {one.entrant.trial} at the gate: {told}")
    return Contest(before, looked)


def contest_of_one(
    room: Room,
    question: Question[Improve, Lessons],
    version: Version,
    pool: Parts,
    trial: Trial,
    earlier: Sequence[Audit],
) -> Contest:
    """One trial by its out-of-fold answers: the fit that ships has learned from the rows that
    judge, and so is not scored itself."""
    ring, before = _ring(room, question, version, pool, earlier)
    entrant = replace(_enter(room, question, ring, trial), scored=str(trial.stats))
    known = {stat.id for stat in room.read(Scored, entrant.scored).stats}
    ring = replace(ring, before=tuple(stat for stat in ring.before if stat.id in known))
    evidence = _evidence(room, question, ring, entrant)
    verdict = gate(evidence, limit_of(question.request.limit), ring.last)
    return Contest(before, (Finalist(entrant, verdict),))


def ungated(room: Room, question: Question[Improve, Lessons], searched: Searched) -> Contest:
    """The first finalist, which nobody judges: made, but not promoted."""
    trial = ranked(room, question, searched)[0]
    fitted, ways = _fit(room, question, trial)
    stats = str(trial.stats)
    entrant = Entrant(
        trial.number, trial.recipe, str(fitted.checkpoint), ways, stats, Agreement(0, 0)
    )
    verdict = GateVerdict(Outcome.HOLD, "the gate was left out", ())
    return Contest(stats, (Finalist(entrant, verdict),))


def ranked(room: Room, question: Question[Improve, Lessons], searched: Searched) -> list[Trial]:
    """The finalists. First comes the earliest of those within two standard errors of the best: the
    order of the drafts is what was known before, and dev must be sure to overrule it. It is small,
    it is asked once for each trial, and triage let through what a frozen encoder finds easy. Then
    the others, best on dev first."""
    left = candidates(searched.trials)
    order: list[Trial] = []
    while left and len(order) < FINALISTS:
        slack = 0.0 if order else SURE
        top = best(left, StatsOf(room), question.measure, tolerance=slack)
        order.append(top)
        left = [trial for trial in left if trial.number != top.number]
    if not order:  # says why
        best(searched.trials, StatsOf(room), question.measure)
    return order


def _ring(
    room: Room,
    question: Question[Improve, Lessons],
    version: Version,
    parts: Parts,
    earlier: Sequence[Audit],
) -> tuple[Ring, str]:
    opened = room.read(Manifest, parts.gate).entries
    ratchet = room.read(Manifest, parts.ratchet).entries
    judging = room.artifacts.put_json(Manifest((*opened, *ratchet)))
    unseal(room, parts.gate, "gate: at most three finalists, after the search")
    job = replace(
        served_job(room, question.request, version, judging),
        score=judging,
        temperature=version.card.serving.temperature,
    )
    result = room.do(f"asking {version.label} at the gate", {"before": job})["before"]
    before = _stats(result, version.label)
    stats = room.read(Scored, before).stats
    ids = frozenset(entry.id for entry in opened)
    return Ring(version, parts, judging, ids, stats, parts.last, earlier), before


def _enter(room: Room, question: Question[Improve, Lessons], ring: Ring, trial: Trial) -> Entrant:
    """Fit the recipe to all lessons, store it, load it again, and ask what was stored."""
    fitted, ways = _fit(room, question, trial)
    assert fitted.checkpoint is not None
    ship = replace(
        _job(room, question, trial),
        train=ring.judging,
        evidence=None,
        parent=None,
        keep=False,
        checkpoint=fitted.checkpoint,
        score=ring.judging,
        temperature=ways.temperature,
    )
    shipped = room.do(f"trial {trial.number} at the gate", {"ship": ship})["ship"]
    scored = _stats(shipped, f"trial {trial.number}")
    return Entrant(
        trial.number,
        trial.recipe,
        fitted.checkpoint,
        ways,
        scored,
        _agreement(room, fitted, shipped),
    )


def _fit(
    room: Room, question: Question[Improve, Lessons], trial: Trial
) -> tuple[JobResult, Serving]:
    """Fit the recipe to all lessons, and store it. Raises TrainingError."""
    job = _job(room, question, trial)
    fitted = room.do(f"fitting trial {trial.number} to all rows", {"fit": job})["fit"]
    if fitted.error is not None or fitted.checkpoint is None:
        raise TrainingError(f"trial {trial.number} could not be fitted again: {fitted.error}")
    return fitted, ways_of(question, room.read(Scored, str(trial.stats)))


def _job(room: Room, question: Question[Improve, Lessons], trial: Trial) -> Job:
    request, prepared = question.request, question.prepared
    return Job(
        workspace=str(room.workspace.root),
        task=prepared.task,
        recipe=trial.recipe,
        train=prepared.all,
        evidence=question.evidence,
        parent=question.parent,
        keep=True,
        ask=probes(room, prepared.all),
        vary=True,
        threads=request.threads * request.workers,
    )


def _agreement(room: Room, fitted: JobResult, shipped: JobResult) -> Agreement:
    """The stored artefact against the model in memory, on inputs that no model was trained on."""
    one, other = (
        room.read(dict[str, Prediction], str(found.answers)) for found in (fitted, shipped)
    )
    order = sorted(one)
    return agreement([one[row].output for row in order], [other[row].output for row in order])


def _evidence(
    room: Room, question: Question[Improve, Lessons], ring: Ring, entrant: Entrant
) -> Evidence:
    after = room.read(Scored, entrant.scored).stats
    labels = {stat.id: stat.target for stat in after}
    passed, named = question.family.passed, question.slices
    rows = paired(ring.before, after, passed, labels, named)
    ours = [stat for stat in after if stat.id in ring.gate]
    theirs = [stat for stat in ring.before if stat.id in ring.gate]
    measure = question.measure
    plain = is_binary(ours) and is_binary(theirs) and is_mean(measure, [*ours, *theirs])
    judged = tuple(row for row in rows if row.id in ring.gate)
    given, least = question.request.failure_share, ring.parts.failures
    if ring.failures_only:
        judged += parents_rows(room, question, ring.version, entrant.recipe)
        given = given or expected_failures(ring.version)
    return Evidence(
        gate=judged,
        agreement=entrant.agreement,
        ratchet=tuple(row for row in rows if row.id not in ring.gate),
        shares=shares(judged, given, least),
        earlier=tuple(_earlier(room, question, ring, after)),
        permuted=None if plain else permuted(ours, theirs, measure),
    )


def _earlier(
    room: Room, question: Question[Improve, Lessons], ring: Ring, after: Sequence[RowStat]
) -> Iterator[Earlier]:
    """Each promoted version of the past on what is left of the rows that it was judged by."""
    now = {stat.id: stat for stat in after}
    for audit in ring.earlier:
        if audit.decision != "promoted" or audit.scored is None:
            continue
        then = [stat for stat in room.read(Scored, audit.scored).stats if stat.id in now]
        if then:
            name = f"{ring.version.name}@{audit.version}"
            candidate = question.measure([now[stat.id] for stat in then])
            yield Earlier(name, len(then), question.measure(then), candidate)


def _stats(result: JobResult, who: str) -> str:
    if result.error is not None or result.stats is None:
        raise TrainingError(f"{who} could not be asked at the gate: {result.error}")
    return result.stats
