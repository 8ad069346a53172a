"""After the search: choose, read the sealed test once, refit on all rows, and check the refit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pioneer.data.rows import Manifest
from pioneer.errors import TrainingError
from pioneer.evaluation.calibration import choose_threshold
from pioneer.execution.job import Job, JobResult, Scored
from pioneer.loop.prepare import ColdQuestion
from pioneer.loop.question import AnyQuestion, StatsOf
from pioneer.loop.room import Room
from pioneer.loop.search import Searched
from pioneer.records import Prediction, Task, Trial, content_hash
from pioneer.registry.card import Serving
from pioneer.report.record import Refit
from pioneer.search.best import best

PROBES = 500
AGREEMENT = 0.95


@dataclass(frozen=True, slots=True)
class Settled:
    """What ships, and what it scored."""

    winner: int
    serving: Serving
    scored: str
    """Artefact: the test answers of the model that was scored (before the refit)."""
    checkpoint: str
    """Artefact: the weights that ship."""
    manifest: str
    """Artefact: the rows that the shipped weights learned from."""
    refit: Refit | None


def choose(room: Room, question: ColdQuestion, searched: Searched) -> Trial:
    """The trial to ship: the best on dev; where two are equal, the cheaper."""
    return best(searched.trials, StatsOf(room), question.measure, tolerance=0.0)


def settle(room: Room, question: ColdQuestion, winner: Trial) -> Settled:
    """Score the winner on the sealed test, refit it on all rows, choose which of both ships."""
    prepared = question.prepared
    serving = ways_of(question, room.read(Scored, str(winner.stats)))
    asked = probes(room, prepared.refit)
    unseal(room, prepared.test, "score the winner once, after the search")
    trained = winner.checkpoint is not None
    refit = replace(
        _fit(room, question, winner),
        train=prepared.refit,
        ask=asked,
        vary=True,
        keep=True,
        threads=question.request.threads * (question.request.workers if trained else 1),
    )
    final = replace(
        _fit(room, question, winner),
        score=prepared.test,
        temperature=serving.temperature,
        checkpoint=winner.checkpoint,
        ask=asked,
        vary=True,
        keep=True,
    )
    if prepared.refit == prepared.train and winner.checkpoint is None:
        results = room.do("final fit", {"final": final})
        return _same(results["final"], winner, serving, prepared.train)
    results = room.do("final fit and refit", {"final": final, "refit": refit})
    return _ship(room, question, winner, serving, results["final"], results["refit"])


def unseal(room: Room, manifest: str, purpose: str) -> None:
    """Log a reading of sealed rows; the line is written before anything is read."""
    line = {"manifest": manifest, "purpose": purpose}
    if all(entry.payload != line for entry in room.journal.entries("unsealed")):
        room.journal.append("unsealed", line)


def _fit(room: Room, question: ColdQuestion, winner: Trial) -> Job:
    request = question.request
    return Job(
        workspace=str(room.workspace.root),
        task=question.prepared.task,
        recipe=winner.recipe,
        train=question.prepared.train,
        evidence=question.evidence,
        threads=request.threads,
    )


def _same(result: JobResult, winner: Trial, serving: Serving, manifest: str) -> Settled:
    """Every row but the shipped test was learned from already: there is nothing to refit."""
    _raise_if_failed(result)
    return Settled(
        winner.number, serving, str(result.stats), str(result.checkpoint), manifest, None
    )


def _ship(
    room: Room,
    question: ColdQuestion,
    winner: Trial,
    serving: Serving,
    final: JobResult,
    refit: JobResult,
) -> Settled:
    """The refit, if it went well and answers as the scored model does; else the scored model."""
    _raise_if_failed(final)
    prepared = question.prepared
    rows = prepared.rows_all
    if refit.error is not None:
        verdict = Refit(rows, 0.0, 0, AGREEMENT, f"the refit failed: {refit.error}")
    else:
        one, other = (room.read(dict[str, Prediction], str(r.answers)) for r in (final, refit))
        same = [one[row].output == other[row].output for row in one]
        share = sum(same) / max(len(same), 1)
        verdict = Refit(rows, share, len(same), AGREEMENT)
    took = verdict.agreement >= AGREEMENT
    if not took and not verdict.note:
        note = "the refit answers too differently, so the model that was scored ships"
        verdict = replace(verdict, note=note)
    return Settled(
        winner.number,
        serving,
        str(final.stats),
        str(refit.checkpoint if took else final.checkpoint),
        prepared.refit if took else prepared.train,
        verdict,
    )


def _raise_if_failed(result: JobResult) -> None:
    if result.error is not None:
        raise TrainingError(f"the final training of the winner failed: {result.error}")


def ways_of(question: AnyQuestion, scored: Scored) -> Serving:
    """How the answers of a trial that scored so on dev are to be served."""
    return Serving(scored.temperature, _threshold(question.prepared.task, scored))


def _threshold(task: Task, scored: Scored) -> float:
    """Below which confidence to answer nothing, where the user asked for that.

    Saying that a row is out of scope is as good as saying nothing.
    """
    if not task.abstain:
        return 0.0
    answers = [
        Prediction(None if stat.output == task.out_of_scope else stat.output, confidence)
        for stat, confidence in zip(scored.stats, scored.calibrated, strict=True)
    ]
    targets = [None if s.target == task.out_of_scope else s.target for s in scored.stats]
    return choose_threshold(answers, targets)


def probes(room: Room, manifest: str) -> str:
    """Manifest of the rows that, with a word left out, show whether two models agree."""
    entries = room.read(Manifest, manifest).entries
    chosen = sorted(entries, key=lambda entry: content_hash(["probe", entry.id]))[:PROBES]
    return room.artifacts.put_json(Manifest(tuple(chosen)))
