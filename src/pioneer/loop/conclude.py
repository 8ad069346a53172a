"""The end of a run: report, version, promotion and result, together or not at all."""

from __future__ import annotations

from collections import Counter

from pioneer.bases import resolve
from pioneer.curriculum.compose import compose
from pioneer.curriculum.evidence import RowEvidence
from pioneer.curriculum.ledger import Curation, Suspected, TriedMix, curation_rows
from pioneer.data.rows import examples_of
from pioneer.execution.job import JobResult
from pioneer.families.fakes import FAKE_BASE
from pioneer.journal import runs
from pioneer.loop import tell
from pioneer.loop.baselines import Baselines
from pioneer.loop.outcome import Outcome
from pioneer.loop.prepare import ColdQuestion
from pioneer.loop.room import Room
from pioneer.loop.search import Searched
from pioneer.loop.settle import Settled
from pioneer.loop.succession import Verdict
from pioneer.records import Cost, Trial, content_hash, dump, load
from pioneer.registry import versions
from pioneer.registry.card import VersionCard
from pioneer.registry.versions import Version
from pioneer.report.write import write_reports
from pioneer.upkeep.listing import trial_line
from pioneer.upkeep.prune import drop


def conclude(
    room: Room,
    question: ColdQuestion,
    baselines: Baselines,
    searched: Searched,
    winner: Trial,
    settled: Settled,
    verdict: Verdict,
    parent: Version | None,
) -> Outcome:
    """Write the reports, then register, promote and finish in one transaction."""
    curation = _curation(room, question, baselines, searched, winner)
    with room.workspace.engine.connect() as connection:
        number = versions.next_number(connection, question.request.name, room.run)
    story = tell.Story(
        question,
        baselines,
        searched,
        winner,
        settled,
        verdict,
        number,
        parent.label if parent else None,
        curation,
    )
    with room.step("writing the report"):
        written = tell.run_report(room, story)
        folder = room.workspace.run_folder(room.run)
        paths = write_reports(folder, written, curation_rows(curation))
    card = _card(room, story)
    outcome = _outcome(room, story, card, str(paths.html))
    with room.workspace.engine.begin() as connection:
        name = question.request.name
        version = versions.register(connection, name, room.run, settled.checkpoint, card)
        if verdict.decision == "promoted":
            how = "gate" if parent else "first"
            versions.promote(connection, version, how, verdict.reason)
        runs.finish(connection, room.run, runs.RunStatus.FINISHED, dump(outcome))
    _tidy(room)
    return outcome


def _card(room: Room, story: tell.Story) -> VersionCard:
    prepared, settled, winner = story.question.prepared, story.settled, story.winner
    assert winner.score is not None
    base = winner.recipe.base
    return VersionCard(
        task=prepared.task,
        recipe=winner.recipe,
        recipe_hash=content_hash(winner.recipe),
        data_hash=prepared.data_hash,
        manifest=settled.manifest,
        test=prepared.test,
        base_sha256="" if base == FAKE_BASE else resolve(base).sha256,
        serving=settled.serving,
        scores={"dev": winner.score, "test": tell.test_score(room, story)},
        decision=story.verdict.decision,
        reason=story.verdict.reason,
        parent=int(story.parent.partition("@")[2]) if story.parent else None,
    )


def _outcome(room: Room, story: tell.Story, card: VersionCard, report: str) -> Outcome:
    prepared, trials = story.question.prepared, story.searched.trials
    results = [load(JobResult, e.payload) for e in room.journal.entries("job finished")]
    return Outcome(
        run=room.run,
        model=story.question.request.name,
        version=story.version,
        decision=story.verdict.decision,
        reason=story.verdict.reason,
        task=prepared.task,
        mapping=prepared.mapping,
        recipe_hash=card.recipe_hash,
        data_hash=card.data_hash,
        scores=card.scores,
        parent_scores=story.verdict.parent_scores,
        baselines=story.baselines.scores,
        gate=story.verdict.gate,
        trials=tuple(trial_line(trial) for trial in trials),
        cost=Cost(room.elapsed, sum(result.cost.trained_rows for result in results)),
        report=report,
    )


def _curation(
    room: Room, question: ColdQuestion, baselines: Baselines, searched: Searched, winner: Trial
) -> Curation:
    """What was done with the rows; label counts are those of the winner's mix."""
    prepared, stratum = question.prepared, question.family.stratum
    evidence = {row.id: row for row in room.read(tuple[RowEvidence, ...], question.evidence)}
    with room.workspace.engine.connect() as connection:
        rows = examples_of(connection, prepared.manifest(room.artifacts, prepared.train))
    by_mix = {
        mix: [trial for trial in searched.trials if trial.recipe.mix == mix]
        for mix in dict.fromkeys(trial.recipe.mix for trial in searched.trials)
    }
    composed = {
        mix: compose(mix, rows, evidence, stratum, trials[0].recipe.seed)
        for mix, trials in by_mix.items()
    }
    targets = {row.id: stratum(row) for row in rows}
    doubted = [row for row in evidence.values() if row.suspect]
    return Curation(
        rows_in=prepared.rows_in,
        rows_left=prepared.rows_left,
        repairs=prepared.repairs,
        labels_before=Counter(map(stratum, rows)),
        labels_after=Counter(map(stratum, composed[winner.recipe.mix][0])),
        suspects=[
            Suspected(row.id, "train", targets[row.id], row.rival)
            for row in sorted(doubted, key=lambda row: (row.margin, row.id))
        ],
        trust=tell.trust(baselines),
        mixes=[
            TriedMix(mix, [trial.number for trial in by_mix[mix]], decisions)
            for mix, (_, decisions) in composed.items()
        ],
        places={row.id: row.provenance for row in rows} | dict(prepared.places),
    )


def _tidy(room: Room) -> None:
    """Delete the weights that did not ship; what they scored stays."""
    results = [load(JobResult, e.payload) for e in room.journal.entries("job finished")]
    drop(room.workspace, [result.checkpoint for result in results if result.checkpoint])
