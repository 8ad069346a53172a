"""All findings on one log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pioneer.diagnosis.clusters import clusters
from pioneer.diagnosis.confusions import SHOWN, confusions, leanings
from pioneer.diagnosis.drift import answer_shift, input_shift, label_shift
from pioneer.diagnosis.findings import Diagnosis, Drift, Seen
from pioneer.diagnosis.records import Embedder, LogRow, Suspicion, Vectors
from pioneer.diagnosis.slicing import sliced
from pioneer.diagnosis.triage import triage
from pioneer.diagnosis.weighing import share
from pioneer.records import Example, Ruling, Task


def diagnose(
    model: str,
    task: Task,
    rows: Sequence[LogRow],
    trusted: Sequence[Example],
    embed: Embedder,
    seen: Seen,
) -> tuple[Diagnosis, tuple[Suspicion, ...]]:
    """Findings on the log, and what triage says of each row that names a right answer.

    Right answers are labels of the task. Unjudged rows serve to see drift.
    """
    judged = [row for row in rows if row.ruling is not Ruling.UNJUDGED]
    others = [row for row in rows if row.ruling is Ruling.UNJUDGED]
    failed = any(row.ruling is Ruling.FAIL for row in judged)
    notes = seen.notes
    if judged and not failed:
        notes = (*notes, "no failure among the judged calls: nothing to repair")
    if not rows:
        empty = (0.0, 1.0)
        return Diagnosis(
            model,
            seen.counts,
            0.0,
            empty,
            texts=seen.texts,
            new_labels=seen.new_labels,
            notes=notes,
        ), ()
    said = triage(task, [row for row in judged if row.right is not None], trusted, embed)
    ordered = [*judged, *others]
    vectors = embed([row.input for row in ordered])
    weights = [row.weight for row in judged]
    rate, ci95 = share([row.ruling is Ruling.FAIL for row in judged], weights)
    known = {one.id: one for one in said}
    found = Diagnosis(
        model=model,
        counts={**seen.counts, "looked at": len(judged)},
        rate=rate,
        ci95=ci95,
        confusions=confusions(judged),
        labels=leanings(judged)[:SHOWN],
        slices=sliced(judged),
        clusters=clusters(judged, vectors[: len(judged)], known) if failed else (),
        drift=_drift(ordered, vectors, trusted, embed),
        triage=dict(Counter(one.decision.value for one in said)),
        texts=seen.texts,
        new_labels=seen.new_labels,
        notes=notes,
    )
    return found, said


def _drift(
    rows: Sequence[LogRow], vectors: Vectors, trusted: Sequence[Example], embed: Embedder
) -> tuple[Drift, ...]:
    known = embed([row.input for row in trusted]) if trusted else vectors[:0]
    found = (
        answer_shift(rows),
        label_shift(rows, [str(row.target) for row in trusted]),
        input_shift(vectors, known, [row.weight for row in rows]),
    )
    return tuple(one for one in found if one is not None)
