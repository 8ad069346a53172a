"""What a set of texts with spans needs before anything learns from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pioneer.errors import DataError
from pioneer.families.base import Repair
from pioneer.families.extraction.rows import in_order, spans_of
from pioneer.families.repairs import repaired, without_conflicts, without_empty
from pioneer.families.spelling import spellings
from pioneer.records import Example, Span
from pioneer.text.normal import normalise


def clean(examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
    """Raises DataError where no label has spans in two distinct texts."""
    kept, repairs = repaired(
        examples, without_empty, with_one_spelling, without_overlaps, without_contradictions
    )
    texts = _texts(kept)
    if not any(len(found) >= 2 for found in texts.values()):
        raise DataError(
            f"no label has spans in 2 distinct rows after cleaning ({len(texts)} labels in all)",
            hint="extraction needs at least one label that is marked in 2 distinct rows",
        )
    rare = {label for label, found in texts.items() if len(found) < 2}
    return kept, repairs + [repair for row in kept for repair in _train_only(row, rare)]


def with_one_spelling(examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
    """Merge labels that differ by case or spaces; the mapping stands in the reasons."""
    chosen = spellings(span.label for row in examples for span in spans_of(row.target))
    kept, repairs = list[Example](), list[Repair]()
    for row in examples:
        spans = spans_of(row.target)
        respelled = {replace(span, label=chosen[span.label]) for span in spans}
        kept.append(replace(row, target=in_order(respelled)))
        for label in sorted({span.label for span in spans if chosen[span.label] != span.label}):
            reason = f"label {label!r} is written {chosen[label]!r}"
            repairs.append(Repair(row.id, "relabelled", reason, "label_spelling"))
    return kept, repairs


def without_overlaps(examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
    """Of spans that share characters keep the longest, then the first."""
    kept, repairs = list[Example](), list[Repair]()
    for row in examples:
        apart = _apart(spans_of(row.target))
        kept.append(replace(row, target=apart))
        if len(apart) < len(spans_of(row.target)):
            count = len(spans_of(row.target)) - len(apart)
            reason = f"{count} spans lay inside or across longer ones and were left out"
            repairs.append(Repair(row.id, "relabelled", reason, "overlapping_spans"))
    return kept, repairs


def without_contradictions(examples: Sequence[Example]) -> tuple[list[Example], list[Repair]]:
    """Leave out rows that mark the same text differently. What is marked counts, not where:
    positions shift with the spaces."""
    return without_conflicts(examples, _marks)


def _marks(row: Example) -> tuple[tuple[str, str], ...]:
    spans = spans_of(row.target)
    return tuple((span.label, normalise(row.input[span.start : span.end])) for span in spans)


def _apart(spans: Sequence[Span]) -> tuple[Span, ...]:
    taken = set[Span]()
    for span in sorted(spans, key=lambda s: (s.start - s.end, s.start, s.label)):
        if all(span.end <= other.start or other.end <= span.start for other in taken):
            taken.add(span)
    return in_order(taken)


def _texts(examples: Sequence[Example]) -> Mapping[str, set[str]]:
    """The distinct texts in which every label occurs."""
    texts: dict[str, set[str]] = defaultdict(set)
    for row in examples:
        for span in spans_of(row.target):
            texts[span.label].add(normalise(row.input))
    return texts


def _train_only(row: Example, rare: set[str]) -> list[Repair]:
    found = sorted({span.label for span in spans_of(row.target)} & rare)
    reason = f"label {found[0]!r} has a single distinct row, which cannot be split" if found else ""
    return [Repair(row.id, "train_only", reason, "one_row_label")] if found else []
