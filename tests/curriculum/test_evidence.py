"""Evidence of out-of-fold predictions, for kinds with and without distributions."""

from __future__ import annotations

import pytest

from pioneer.curriculum.evidence import RowEvidence, row_evidence
from pioneer.families import family
from pioneer.records import Example, Kind, Prediction, Task, dump, load

LABELS = family(Kind.CLASSIFICATION)
TEXTS = family(Kind.GENERATION)
TASK = Task(Kind.CLASSIFICATION, "sort", ("a", "b", "c"), "accuracy")


def evidence(row: Example, said: Prediction) -> RowEvidence:
    return row_evidence(LABELS, TASK, [row], [said])[0]


def test_the_margin_is_the_target_less_its_best_rival() -> None:
    said = Prediction("a", 0.6, (("a", 0.6), ("b", 0.3), ("c", 0.1)))
    right = evidence(Example("r", "text", "a"), said)
    assert (right.confidence_in_target, right.rival) == (0.6, "b")
    assert right.margin == pytest.approx(0.3)
    wrong = evidence(Example("r", "text", "b"), said)
    assert (wrong.confidence_in_target, wrong.rival) == (0.3, "a")
    assert wrong.margin == pytest.approx(-0.3)


def test_abstaining_changes_nothing_about_the_distribution() -> None:
    said = Prediction(None, 0.6, (("a", 0.6), ("b", 0.4)))
    assert evidence(Example("r", "text", "a"), said).confidence_in_target == 0.6


def test_a_target_that_no_model_can_say_has_no_confidence() -> None:
    said = Prediction("a", 1.0, (("a", 1.0),))
    assert evidence(Example("r", "text", "c"), said) == RowEvidence("r", 0.0, -1.0, "a", False)


def test_without_a_distribution_confidence_is_for_or_against_the_target() -> None:
    task = Task(Kind.GENERATION, "answer", (), "exact_match")
    rows = [Example("r2", "q", "yes"), Example("r1", "q", "no")]
    said = [Prediction("yes", 0.8), Prediction("yes", 0.8)]
    wrong, right = row_evidence(TEXTS, task, rows, said)
    assert (right.id, right.confidence_in_target, right.rival) == ("r2", 0.8, None)
    assert right.margin == pytest.approx(0.6)
    assert (wrong.id, wrong.confidence_in_target, wrong.margin) == ("r1", 0.0, -0.8)


def test_suspects_are_those_of_the_family() -> None:
    rows = [Example(f"r{n:02}", f"t{n}", "b" if n == 0 else "ab"[n % 2]) for n in range(40)]
    said = [_sure("ab"[n % 2], "ba"[n % 2], 0.95 - n / 1000) for n in range(40)]
    found = row_evidence(LABELS, TASK, rows, said)
    assert [row.id for row in found if row.suspect] == LABELS.suspects(TASK, rows, said) == ["r00"]


def _sure(label: str, other: str, share: float) -> Prediction:
    return Prediction(label, share, ((label, share), (other, 1 - share)))


def test_evidence_survives_storage() -> None:
    found = row_evidence(LABELS, TASK, [Example("r", "t", "a")], [Prediction("a", 1.0)])
    assert load(tuple[RowEvidence, ...], dump(found)) == found
