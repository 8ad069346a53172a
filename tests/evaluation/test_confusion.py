from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from pioneer.evaluation.confusion import (
    NOTHING,
    OTHER,
    Confusion,
    confusion_matrix,
    confusions,
    failures,
)
from pioneer.records import RowStat

LABELS = ("a", "b", "c", "d")
ANSWERS = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from((*LABELS, "alien", None))), max_size=40
)


def stats(answers: Sequence[tuple[str, str | None]]) -> list[RowStat]:
    return [
        RowStat(f"r{at}", "", float(target == output), target, output, 0.5)
        for at, (target, output) in enumerate(answers)
    ]


@given(ANSWERS)
def test_confusions_count_every_wrong_row(answers: list[tuple[str, str | None]]) -> None:
    found = confusions(stats(answers), LABELS, limit=100)
    wrong = [pair for pair in answers if pair[0] != pair[1]]
    assert Counter({(c.target, c.output): c.count for c in found}) == Counter(wrong)
    assert [c.count for c in found] == sorted((c.count for c in found), reverse=True)
    assert sum(failures(stats(answers), LABELS).values()) == len(wrong)


@given(ANSWERS, st.integers(1, 5))
def test_rows_of_the_matrix_sum_to_the_rows_of_the_label(
    answers: list[tuple[str, str | None]], limit: int
) -> None:
    matrix = confusion_matrix(stats(answers), LABELS, limit)
    sizes = Counter(target for target, _ in answers)
    assert len(matrix.labels) <= limit
    assert len(matrix.columns) == len(matrix.labels) + 2
    for label, counts in zip(matrix.labels, matrix.counts, strict=True):
        assert sum(counts) == sizes[label]


def test_the_worst_labels_are_shown() -> None:
    answers = [*[("a", "b")] * 3, ("a", "a"), ("a", "a"), ("c", None), ("d", "d"), ("b", "alien")]
    matrix = confusion_matrix(stats(answers), LABELS, limit=2)
    assert matrix.labels == ("b", "a")
    assert matrix.columns == ("b", "a", OTHER, NOTHING)
    assert matrix.counts == ((0, 0, 1, 0), (3, 2, 0, 0))
    assert confusions(stats(answers), LABELS, 1) == (Confusion("a", "b", 3, 0.6),)


def test_free_text_and_perfect_models_have_no_confusions() -> None:
    assert confusions(stats([("some text", "other text")]), ()) == ()
    assert confusion_matrix(stats([("a", "a")]), LABELS).labels == ()
