"""Do one job: fetch its rows, compose, train, answer, store what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from pioneer.curriculum.compose import compose
from pioneer.curriculum.evidence import RowEvidence, row_evidence
from pioneer.curriculum.twins import twins
from pioneer.data.rows import Manifest, examples_of
from pioneer.evaluation.calibration import fit_temperature, recalibrate
from pioneer.execution.job import Job, JobResult, Scored
from pioneer.execution.memory import peak_mb
from pioneer.families import family
from pioneer.families.base import Family, Model, Workbench
from pioneer.records import Cost, Example, Prediction, content_hash, load
from pioneer.store.artifacts import Artifacts
from pioneer.store.engine import open_engine, storage_errors

Share = Callable[[float], None]

_KEPT_LABELS = 3


@dataclass(slots=True)
class _Meter:
    """Counts what a job trains, for its cost."""

    rows: int = 0
    passes: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class _Tempo:
    """When how much of a training was done."""

    began: float
    marks: list[tuple[float, float]] = field(default_factory=list)

    def mark(self, share: float) -> None:
        self.marks.append((time.monotonic(), share))

    def whole(self) -> float:
        return time.monotonic() - self.began

    def warm(self) -> float:
        """What the training would take at its pace once loading and warming up are over."""
        late = self.marks[len(self.marks) // 3 :]
        if len(late) < 2 or late[-1][1] <= late[0][1]:
            return self.whole()
        (start, done), (end, all_done) = late[0], late[-1]
        return (end - start) / (all_done - done)


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

    def bench(self, progress: Share, parent: Model | None = None) -> Workbench:
        return Workbench(Path(self.job.workspace) / "cache", self.job.threads, progress, parent)

    def parent(self) -> Model | None:
        """The version that serves, where the job names one."""
        if self.job.parent is None:
            return None
        return self.family.load(self.artifacts.folder(self.job.parent), self.bench(_unheard))


@dataclass(frozen=True, slots=True)
class _Answered:
    """Rows and what a model that never saw them said."""

    examples: list[Example]
    predictions: list[Prediction]


def perform(job: Job, progress: Share) -> JobResult:
    """Train and score as the job says. Raises PioneerError (TrainingError, RecipeError, ...)."""
    with storage_errors(Path(job.workspace)):
        return _perform(job, progress)


def _perform(job: Job, progress: Share) -> JobResult:
    began = time.monotonic()
    root = Path(job.workspace)
    artifacts = Artifacts(root / "artifacts")
    engine = open_engine(root / "pioneer.db", read_only=True)
    try:
        desk = _Desk(
            job, family(job.task.kind), artifacts, engine, _evidence(artifacts, job), _Meter()
        )
        result = _inspect(desk, progress) if job.inspect else _fit(desk, progress)
    finally:
        engine.dispose()
    meter = desk.meter
    return replace(
        result,
        rows=meter.rows,
        cost=Cost(time.monotonic() - began, meter.passes),
        train_seconds=meter.seconds,
        peak_mb=peak_mb(),
    )


def _fit(desk: _Desk, progress: Share) -> JobResult:
    """One model: train or load it, answer what is asked, keep the weights if wanted."""
    job = desk.job
    examples = desk.rows(job.train)
    held: list[Example] = [] if job.score is None else desk.rows(job.score)
    if job.fold is not None:
        folds = desk.artifacts.get_json(str(job.folds))
        held = [row for row in examples if folds.get(row.id) == job.fold]
        apart = {row.group for row in held if row.group} | {row.id for row in held}
        examples = [row for row in examples if not {row.id, row.group} & apart]
    model = _model(desk, examples, progress)
    stats = answers = checkpoint = None
    if held:
        answered = _Answered(held, model.predict([row.input for row in held]))
        stats = _store_scored(desk, answered)
    if job.ask is not None:
        asked = desk.rows(job.ask)
        texts = [without_a_word(row) if job.vary else row.input for row in asked]
        answers = _store_answers(desk, _Answered(asked, model.predict(texts)))
    if job.keep:
        with desk.artifacts.staging() as folder:
            model.save(folder)
            checkpoint = desk.artifacts.put_folder(folder)
    return JobResult(job.key, stats=stats, checkpoint=checkpoint, answers=answers)


def _inspect(desk: _Desk, progress: Share) -> JobResult:
    """Answer every train row by a model that did not see its fold, and make evidence of it."""
    job = desk.job
    folds: Mapping[str, int] = desk.artifacts.get_json(str(job.folds))
    examples = desk.rows(job.train)
    answered = _Answered([], [])
    count = max(folds.values()) + 1
    for fold in range(count):
        held = [row for row in examples if folds.get(row.id) == fold]
        rest = [row for row in examples if folds.get(row.id) != fold]
        if held:
            model = _model(desk, rest, _part(progress, fold, count))
            answered.examples.extend(held)
            answered.predictions.extend(model.predict([row.input for row in held]))
    evidence = row_evidence(desk.family, job.task, answered.examples, answered.predictions)
    return JobResult(
        job.key,
        stats=_store_scored(desk, answered),
        answers=_store_answers(desk, answered),
        evidence=desk.artifacts.put_json(evidence),
    )


def _model(desk: _Desk, examples: Sequence[Example], progress: Share) -> Model:
    job, recipe = desk.job, desk.job.recipe
    if job.checkpoint is not None:
        return desk.family.load(desk.artifacts.folder(job.checkpoint), desk.bench(progress))
    chosen, _ = compose(recipe.mix, examples, desk.evidence, desk.family.stratum, recipe.seed)
    chosen += twins(chosen, recipe.mix.twins, partial(desk.family.varied, job.task), recipe.seed)
    if job.pilot is not None:
        chosen = chosen[: job.pilot]
        recipe = replace(recipe, hyper={**recipe.hyper, "epochs": 1})
    tempo = _Tempo(time.monotonic())

    def told(share: float) -> None:
        tempo.mark(share)
        progress(share)

    bench = desk.bench(told, desk.parent())
    model = desk.family.learner(recipe.strategy)(recipe, job.task, chosen, bench)
    desk.meter.seconds += tempo.warm() if job.pilot is not None else tempo.whole()
    desk.meter.rows = len(chosen)
    desk.meter.passes += len(chosen) * recipe.passes
    return model


def _store_scored(desk: _Desk, answered: _Answered) -> str:
    pairs = zip(answered.examples, answered.predictions, strict=True)
    stats = tuple(desk.family.score_row(desk.job.task, row, said) for row, said in pairs)
    temperature = desk.job.temperature
    if temperature is None:
        temperature = fit_temperature(answered.predictions, [stat.target for stat in stats])
    calibrated = tuple(recalibrate(said, temperature).confidence for said in answered.predictions)
    return desk.artifacts.put_json(Scored(stats, calibrated, temperature))


def _store_answers(desk: _Desk, answered: _Answered) -> str:
    pairs = zip(answered.examples, answered.predictions, strict=True)
    return desk.artifacts.put_json({row.id: _short(said) for row, said in pairs})


def _short(prediction: Prediction) -> Prediction:
    return replace(prediction, ranked=prediction.ranked[:_KEPT_LABELS])


def without_a_word(row: Example) -> str:
    """The input less one word, chosen by the row's id; shorter inputs stay as they are."""
    words = row.input.split()
    if len(words) < 3:
        return row.input
    left_out = int(content_hash(["word", row.id])[:8], 16) % len(words)
    return " ".join(word for at, word in enumerate(words) if at != left_out)


def _evidence(artifacts: Artifacts, job: Job) -> Mapping[str, RowEvidence]:
    if job.evidence is None:
        return {}
    found = load(tuple[RowEvidence, ...], artifacts.get_json(job.evidence))
    return {row.id: row for row in found}


def _unheard(_share: float) -> None:
    """Nobody waits for the loading of a model."""


def _part(progress: Share, fold: int, count: int) -> Share:
    return lambda share: progress((fold + share) / count)
