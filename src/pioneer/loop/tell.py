"""Turn what a run did into its report; nothing here decides anything."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pioneer.curriculum.ledger import Curation, curation_markdown
from pioneer.evaluation.calibration import expected_calibration_error, reliability
from pioneer.evaluation.intervals import score
from pioneer.evaluation.paired import compare
from pioneer.execution.job import Scored
from pioneer.loop.baselines import Baselines
from pioneer.loop.costs import cost, worked
from pioneer.loop.prepare import ColdQuestion
from pioneer.loop.question import StatsOf
from pioneer.loop.room import Room
from pioneer.loop.search import Searched
from pioneer.loop.settle import Settled
from pioneer.loop.slicing import MEANINGS
from pioneer.loop.succession import Verdict
from pioneer.records import RowStat, Score, Trial, content_hash
from pioneer.report import record
from pioneer.report.labels import label_scores
from pioneer.report.numbers import metric, percent, setting
from pioneer.search.best import seed_sd

_SHOWN_ROWS = 12
_PACKAGES = ("torch", "transformers", "scikit-learn", "numpy", "cleanlab")


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that a finished search can tell."""

    question: ColdQuestion
    baselines: Baselines
    searched: Searched
    winner: Trial
    settled: Settled
    verdict: Verdict
    version: int
    parent: str | None
    curation: Curation


def run_report(room: Room, story: Story) -> record.RunReport:
    """The report of a run."""
    request, prepared = story.question.request, story.question.prepared
    created = datetime.fromtimestamp(room.journal.entries()[0].at, UTC)
    return record.RunReport(
        run=room.run,
        command=request.command,
        seed=request.seed,
        created=created.isoformat(timespec="seconds"),
        description=request.description,
        decision=story.verdict.decision,
        reason=story.verdict.reason,
        model=request.name,
        version=story.version,
        task=prepared.task,
        inferences=prepared.inferences,
        data=_data(room, story),
        search=_search(room, story),
        test=sealed_test(room, story),
        refit=story.settled.refit,
        comparison=_comparison(story),
        cost=cost(room.journal.entries(), room.elapsed),
        environment=environment(request.threads, request.workers),
        next_steps=_next_steps(story),
        curation_markdown=curation_markdown(story.curation),
        recipe_hash=content_hash(story.winner.recipe),
        data_hash=prepared.data_hash,
    )


def test_score(room: Room, story: Story) -> Score:
    """The winner on the sealed test, before the refit."""
    question = story.question
    stats = room.read(Scored, story.settled.scored).stats
    return score(stats, question.measure.metric, question.measure.aggregate, question.slices)


def sealed_test(room: Room, story: Story) -> record.SealedTest:
    question, serving = story.question, story.settled.serving
    scored = room.read(Scored, story.settled.scored)
    served = [
        replace(stat, confidence=confidence)
        for stat, confidence in zip(scored.stats, scored.calibrated, strict=True)
    ]
    return record.SealedTest(
        score=test_score(room, story),
        labels=label_scores(question.family.per_label(served)),
        confusion=_cells(question, served),
        calibration=record.Calibration(
            before=_bins(scored.stats),
            after=_bins(served),
            ece_before=expected_calibration_error(scored.stats),
            ece_after=expected_calibration_error(served),
            temperature=serving.temperature,
            note="the temperature was fitted on dev",
        ),
        abstention=_abstention(served, serving.threshold),
        gain=gain(room, story),
        note="scored once, after the search; the model before the refit",
    )


def _cells(question: ColdQuestion, stats: Sequence[RowStat]) -> tuple[record.Cell, ...]:
    known = set(question.prepared.task.labels)
    counted = Counter((stat.target, stat.output) for stat in stats if stat.target in known)
    ordered = sorted(counted.items(), key=str)
    return tuple(record.Cell(target, said, n) for (target, said), n in ordered)


def _bins(stats: Sequence[RowStat]) -> tuple[record.Bin, ...]:
    return tuple(
        record.Bin(item.low, item.high, item.confidence, item.accuracy, item.n)
        for item in reliability(stats)
    )


def _abstention(stats: Sequence[RowStat], threshold: float) -> record.Abstention | None:
    if threshold <= 0:
        return None
    answered = [stat for stat in stats if stat.confidence >= threshold]
    right = sum(stat.score for stat in answered) / max(len(answered), 1)
    return record.Abstention(threshold, len(answered) / max(len(stats), 1), right)


def _data(room: Room, story: Story) -> record.DataReport:
    prepared, question = story.question.prepared, story.question
    readings = readings_of(room, {prepared.test: ("test", prepared.rows_test)})
    test = {entry.id for entry in prepared.manifest(room.artifacts, prepared.test).entries}
    sizes = tuple(
        record.SliceSize(
            name,
            MEANINGS.get(name, name),
            sum(row not in test for row in rows),
            sum(row in test for row in rows),
        )
        for name, rows in question.slices.items()
    )
    labels = label_counts(story.curation.labels_before, story.curation.labels_after)
    return replace(
        prepared.data, suspects=_suspects(story), readings=readings, slices=sizes, labels=labels
    )


def readings_of(room: Room, parts: Mapping[str, tuple[str, int]]) -> tuple[record.Reading, ...]:
    """Every reading of sealed or gate rows; `parts` names manifests, with their rows."""
    return tuple(
        record.Reading(
            datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="seconds"),
            parts.get(entry.payload["manifest"], ("", 0))[0],
            entry.payload["purpose"],
            parts.get(entry.payload["manifest"], ("", 0))[1],
        )
        for entry in room.journal.entries("unsealed")
    )


def _suspects(story: Story) -> record.Problem | None:
    """The train rows whose label looks wrong."""
    suspects, places = story.curation.suspects, story.curation.places
    if not suspects:
        return None
    return record.Problem(
        "suspected_label",
        "listed, not changed",
        "a model that had not seen these rows contradicts their labels with confidence; "
        + story.curation.trust,
        len(suspects),
        tuple(places.get(one.id, one.id) for one in suspects[:_SHOWN_ROWS]),
    )


def trust(baselines: Baselines) -> str:
    """How far the model can be believed that suspects labels: the last of the baselines."""
    found = baselines.scores[list(baselines.scores)[-1]]
    return f"its own {metric(found.metric)} on dev is {percent(found.value)}"


def _search(room: Room, story: Story) -> record.SearchReport:
    baselines = tuple(
        record.Baseline(name, dev=found, recipe=story.baselines.recipes.get(name))
        for name, found in story.baselines.scores.items()
    )
    told = search_report(room, story.searched, story.question.request.target, story.winner.number)
    return replace(told, baselines=baselines)


def search_report(
    room: Room, searched: Searched, target: float, winner: int | None
) -> record.SearchReport:
    """What the search tried; `winner` is the trial that was chosen."""
    seeds = seed_sd(searched.trials)
    clock = worked(room.journal.entries())
    finished = {
        entry.payload["number"]: clock[entry.seq] for entry in room.journal.entries("trial")
    }
    measured = f"is {100 * seeds:.2f} points" if seeds else "was not measured"
    return record.SearchReport(
        trials=searched.trials,
        finished_at=finished,
        noise=record.NoiseFloor(
            searched.noise,
            "the root of (paired standard error against the best)² + (seed deviation)²; the seed "
            f"deviation {measured}",
        ),
        target=target,
        stop_reason=searched.stop.sentence,
        winner=winner,
        why="best score on dev, compared on shared rows; where equal, the cheaper strategy",
    )


def gain(room: Room, story: Story) -> record.Gain | None:
    """The winner against the best baseline on dev rows."""
    if not story.baselines.scores:
        return None
    name = max(story.baselines.scores, key=lambda key: story.baselines.scores[key].value)
    theirs = room.read(Scored, story.baselines.stats[name]).stats
    ours = {stat.id: stat for stat in StatsOf(room)(story.winner)}
    shared = [stat for stat in theirs if stat.id in ours]
    if not shared:
        return None
    found = compare([ours[stat.id] for stat in shared], shared, story.question.measure)
    error = 1.96 * found.standard_error
    span = (found.difference - error, found.difference + error)
    return record.Gain(f"{name} on dev", found.difference, span, found.mid_p)


def _comparison(story: Story) -> record.Comparison | None:
    if story.parent is None:
        return None
    verdict = story.verdict
    lines = tuple(
        f"{key.replace('_', ' ')}: {setting(value)}" for key, value in verdict.gate.items()
    )
    return record.Comparison(
        story.parent, verdict.decision, lines, verdict.parent_scores.get("dev")
    )


def environment(threads: int, workers: int) -> record.Environment:
    """Where and on what a run ran."""
    return record.Environment(
        pioneer=importlib.metadata.version("pioneer"),
        python=sys.version.split()[0],
        platform=platform.platform(),
        cpu=platform.processor() or platform.machine(),
        threads=threads,
        workers=workers,
        packages={name: importlib.metadata.version(name) for name in _PACKAGES},
    )


def _next_steps(story: Story) -> tuple[record.Step, ...]:
    name = story.question.request.name
    model = name if story.verdict.decision == "promoted" else f"{name}@{story.version}"
    steps = [
        record.Step("answer new texts", f"pioneer predict {model} --input FILE"),
        record.Step("score it on your own rows", f"pioneer evaluate {model} --data FILE"),
        record.Step("take it elsewhere", f"pioneer models export {model} --output DIR"),
    ]
    if model == name and story.parent is not None:
        steps.append(record.Step("serve the version before", f"pioneer models rollback {name}"))
    if model != name:
        force = f'pioneer models promote {model} --force --reason "..."'
        steps.append(record.Step("serve it although its gate held it back", force))
    return tuple(steps)


def label_counts(
    before: Mapping[str, int], after: Mapping[str, int]
) -> tuple[record.LabelCount, ...]:
    """Train rows of each label before and after curation."""
    names = sorted(set(before) | set(after))
    return tuple(record.LabelCount(n, before.get(n, 0), after.get(n, 0)) for n in names)
