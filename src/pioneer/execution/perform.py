"""Do one job: fetch its rows, compose, train, answer, store what came of it."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from pioneer.curriculum.compose import compose
from pioneer.curriculum.evidence import RowEvidence, row_evidence
from pioneer.data.rows import Manifest, examples_of
from pioneer.evaluation.calibration import fit_temperature, recalibrate
from pioneer.execution.job import Job, JobResult, Scored
from pioneer.families import family
from pioneer.families.base import Family, Model, Workbench
from pioneer.records import Cost, Example, Prediction, load
from pioneer.store.artifacts import Artifacts
from pioneer.store.engine import open_engine

Share = Callable[[float], None]


@dataclass(slots=True)
class _Meter:
    """Counts what a job trains, for its cost."""

    rows: int = 0
    largest: int = 0

    def add(self, rows: int, epochs: object) -> None:
        self.largest = max(self.largest, rows)
        self.rows += rows * (epochs if isinstance(epochs, int) else 1)


@dataclass(frozen=True, slots=True)
class _Desk:
    """All that the steps of one job share."""

    job: Job
    family: Family
    artifacts: Artifacts
    engine: Engine
    evidence: Mapping[str, RowEvidence]
    meter: _Meter

    def rows(self, manifest: str) -> list[Example]:
        wanted = load(Manifest, self.artifacts.get_json(manifest))
        with self.engine.connect() as connection:
            return examples_of(connection, wanted)

    def bench(self, progress: Share) -> Workbench:
        return Workbench(Path(self.job.workspace) / "cache", self.job.threads, progress)


def perform(job: Job, progress: Share) -> JobResult:
    """Train and score as the job says. Raises PioneerError (TrainingError, RecipeError, ...)."""
    began = time.monotonic()
    root = Path(job.workspace)
    artifacts = Artifacts(root / "artifacts")
    engine = open_engine(root / "pioneer.db", read_only=True)
    try:
        desk = _Desk(
            job, family(job.task.kind), artifacts, engine, _evidence(artifacts, job), _Meter()
        )
        result = _out_of_fold(desk, progress) if job.folds else _fit(desk, progress)
    finally:
        engine.dispose()
    cost = Cost(time.monotonic() - began, desk.meter.rows)
    return replace(result, rows=desk.meter.largest, cost=cost, peak_mb=_peak_mb())


def _fit(desk: _Desk, progress: Share) -> JobResult:
    """Train once; answer the rows to score and the probes; keep the weights if asked."""
    job = desk.job
    model = _train(desk, desk.rows(job.train), progress)
    stats = answers = checkpoint = None
    if job.score is not None:
        examples = desk.rows(job.score)
        stats = _store_scored(desk, examples, model.predict([row.input for row in examples]))
    if job.probes is not None:
        probes: list[str] = desk.artifacts.get_json(job.probes)
        answers = desk.artifacts.put_json(model.predict(probes))
    if job.keep:
        with desk.artifacts.staging() as folder:
            model.save(folder)
            checkpoint = desk.artifacts.put_folder(folder)
    return JobResult(job.id, stats=stats, checkpoint=checkpoint, answers=answers)


def _out_of_fold(desk: _Desk, progress: Share) -> JobResult:
    """Answer every train row by a model that did not see its fold."""
    job = desk.job
    assert job.folds is not None
    folds: Mapping[str, int] = desk.artifacts.get_json(job.folds)
    examples = desk.rows(job.train)
    count = max(folds.values()) + 1
    began = time.monotonic()
    answered: list[Example] = []
    predictions: list[Prediction] = []
    for fold in range(count):
        if fold and job.seconds is not None:
            spent = time.monotonic() - began
            if spent * (fold + 1) / fold > job.seconds:
                break
        held = [row for row in examples if folds.get(row.id) == fold]
        rest = [row for row in examples if folds.get(row.id) != fold]
        model = _train(desk, rest, _part(progress, fold, count))
        predictions += model.predict([row.input for row in held])
        answered += held
    evidence = None
    if job.inspect:
        evidence = desk.artifacts.put_json(
            row_evidence(desk.family, job.task, answered, predictions)
        )
    return JobResult(job.id, stats=_store_scored(desk, answered, predictions), evidence=evidence)


def _train(desk: _Desk, examples: Sequence[Example], progress: Share) -> Model:
    recipe = desk.job.recipe
    chosen, _ = compose(recipe.mix, examples, desk.evidence, desk.family.stratum, recipe.seed)
    desk.meter.add(len(chosen), recipe.hyper.get("epochs", 1))
    learn = desk.family.learner(recipe.strategy)
    return learn(recipe, desk.job.task, chosen, desk.bench(progress))


def _store_scored(
    desk: _Desk, examples: Sequence[Example], predictions: Sequence[Prediction]
) -> str:
    score_row = desk.family.score_row
    task = desk.job.task
    stats = tuple(
        score_row(task, example, prediction)
        for example, prediction in zip(examples, predictions, strict=True)
    )
    temperature = fit_temperature(predictions, [stat.target for stat in stats])
    calibrated = tuple(
        recalibrate(prediction, temperature, 0.0).confidence for prediction in predictions
    )
    return desk.artifacts.put_json(Scored(stats, calibrated, temperature))


def _evidence(artifacts: Artifacts, job: Job) -> Mapping[str, RowEvidence]:
    if job.evidence is None:
        return {}
    found = load(tuple[RowEvidence, ...], artifacts.get_json(job.evidence))
    return {row.id: row for row in found}


def _part(progress: Share, fold: int, count: int) -> Share:
    return lambda share: progress((fold + share) / count)


def _peak_mb() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
