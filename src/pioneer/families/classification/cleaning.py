"""What a set of labelled texts needs before anything learns from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pioneer.errors import DataError
from pioneer.families.base import Repair
from pioneer.families.classification.rows import LABEL_TYPE
from pioneer.families.repairs import repaired, without_conflicts, without_empty
from pioneer.families.spelling import spellings
from pioneer.records import Example
from pioneer.text.normal import normalise


def clean(examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
    """Raises DataError where fewer than two labels have two distinct texts each."""
    kept, repairs = repaired(
        examples, without_empty, with_text_labels, with_one_spelling, without_conflicts
    )
    texts = _texts(kept)
    _refuse_too_little(texts)
    rare = [row for row in kept if len(texts[str(row.target)]) < 2]
    return kept, repairs + [_train_only(row) for row in rare]


def with_text_labels(examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
    """Count the labels that were no text, by type, and forget that they were none."""
    counts: dict[str, int] = defaultdict(int)
    kept = []
    for row in examples:
        if LABEL_TYPE in row.extra:
            counts[row.extra[LABEL_TYPE]] += 1
            rest = {key: value for key, value in row.extra.items() if key != LABEL_TYPE}
            row = replace(row, extra=rest)
        kept.append(row)
    reasons = [f"{counts[kind]} labels are {kind}, read as text" for kind in sorted(counts)]
    return kept, [Repair(None, "relabelled", reason, "label_type") for reason in reasons]


def with_one_spelling(examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
    """Merge labels that differ by case or spaces; the mapping stands in the reasons."""
    chosen = spellings(str(row.target) for row in examples)
    kept, repairs = list[Example](), list[Repair]()
    for row in examples:
        label = chosen[str(row.target)]
        kept.append(replace(row, target=label))
        if label != row.target:
            reason = f"label {row.target!r} is written {label!r}"
            repairs.append(Repair(row.id, "relabelled", reason, "label_spelling"))
    return kept, repairs


def _texts(examples: Sequence[Example]) -> Mapping[str, set[str]]:
    """The distinct texts of every label."""
    texts: dict[str, set[str]] = defaultdict(set)
    for row in examples:
        texts[str(row.target)].add(normalise(row.input))
    return texts


def _refuse_too_little(texts: Mapping[str, set[str]]) -> None:
    enough = sorted(label for label, found in texts.items() if len(found) >= 2)
    if len(enough) >= 2:
        return
    found = f"only {enough[0]!r} has" if enough else "no label has"
    raise DataError(
        f"{found} 2 distinct rows after cleaning; labels in all: {len(texts)}",
        hint="classification needs at least 2 labels with at least 2 distinct rows each",
    )


def _train_only(row: Example) -> Repair:
    reason = f"label {row.target!r} has a single distinct row, which cannot be split"
    return Repair(row.id, "train_only", reason, "one_row_label")
