"""All findings on one log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pioneer.diagnosis.clusters import clusters
from pioneer.diagnosis.confusions import confusions, leanings
from pioneer.diagnosis.drift import answer_shift, input_shift
from pioneer.diagnosis.findings import Diagnosis
from pioneer.diagnosis.records import Embedder, LogRow, Suspicion
from pioneer.diagnosis.slicing import sliced
from pioneer.diagnosis.triage import triage
from pioneer.evaluation.intervals import wilson
from pioneer.records import Example, Ruling, Task


def diagnose(
    model: str,
    task: Task,
    rows: Sequence[LogRow],
    trusted: Sequence[Example],
    embed: Embedder,
    counts: Mapping[str, int],
    new_labels: Mapping[str, int],
    notes: Sequence[str] = (),
) -> tuple[Diagnosis, tuple[Suspicion, ...]]:
    """Findings on the judged rows, and what triage says of each. Rows carry a right answer among
    the labels."""
    told = list(notes)
    if not rows:
        empty = Diagnosis(model, counts, 0.0, (0.0, 1.0), new_labels=new_labels, notes=tuple(told))
        return empty, ()
    failed = sum(row.weight for row in rows if row.ruling is Ruling.FAIL)
    total = sum(row.weight for row in rows)
    if not failed:
        told.append("no failure among the judged calls: nothing to repair")
    said = triage(task, rows, trusted, embed)
    vectors = embed([row.input for row in rows])
    known = embed([row.input for row in trusted]) if trusted else vectors[:0]
    shifts = (answer_shift(rows), input_shift(vectors, known))
    rate = failed / total
    found = Diagnosis(
        model=model,
        counts=counts,
        rate=rate,
        ci95=wilson(rate * len(rows), len(rows)),
        confusions=confusions(rows),
        labels=leanings(rows),
        slices=sliced(rows),
        clusters=clusters(rows, vectors, {one.id: one for one in said}) if failed else (),
        drift=tuple(shift for shift in shifts if shift is not None),
        triage=dict(Counter(one.decision.value for one in said)),
        new_labels=new_labels,
        notes=tuple(told),
    )
    return found, said
