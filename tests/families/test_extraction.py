"""What only extraction does: spans, their repairs and their metrics."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.errors import DataError, RecipeError
from pioneer.families import family
from pioneer.families.extraction.carry import respan
from pioneer.records import Example, Kind, Prediction, RowStat, Span, Task

FAMILY = family(Kind.EXTRACTION)
TASK = Task(Kind.EXTRACTION, "find", ("city", "day"), "entity_f1")
TEXT = "From Paris to Oslo on Monday"
PARIS, OSLO, MONDAY = Span(5, 10, "city"), Span(14, 18, "city"), Span(22, 28, "day")


def row(name: str, text: str, *spans: Span) -> Example:
    return Example(name, text, spans)


def scored(target: tuple[Span, ...], output: tuple[Span, ...] | None) -> RowStat:
    return FAMILY.score_row(TASK, row("r", TEXT, *target), Prediction(output, 0.5))


@pytest.mark.parametrize(
    ("spans", "says"),
    [
        (None, "'spans' is null"),
        (3, "must be a list, but holds a number"),
        ("{oops", "no JSON"),
        (["city"], "span 1 is text"),
        ([{"start": 0, "end": 2}], "span 1 has no label"),
        ([{"start": 0, "end": 2, "label": " "}], "span 1 has no label"),
        ([{"start": 0, "end": 99, "label": "x"}], "runs from 0 to 99, but the text has 28"),
        ([{"start": 4, "end": 4, "label": "x"}], "runs from 4 to 4"),
        ([{"start": -1, "end": 4, "label": "x"}], "runs from -1"),
        ([{"start": "0", "end": 4, "label": "x"}], "no whole number 'start'"),
        ([{"start": 0, "end": True, "label": "x"}], "no whole number 'end'"),
    ],
)
def test_bad_spans_are_refused_by_place(spans: object, says: str) -> None:
    with pytest.raises(DataError, match=says):
        FAMILY.parse({"text": TEXT, "spans": spans})


def test_labels_where_spans_belong_are_named() -> None:
    with pytest.raises(DataError, match="labels where spans belong"):
        FAMILY.parse({"text": TEXT, "label": "city"})


def test_spans_are_sorted_and_may_stand_as_json_text() -> None:
    spans = [{"start": 14, "end": 18, "label": "city"}, {"start": 5, "end": 10, "label": "city"}]
    assert FAMILY.parse({"text": TEXT, "spans": json.dumps(spans * 2)}).target == (PARIS, OSLO)


def test_spellings_are_merged_and_overlaps_resolved_to_the_longest() -> None:
    rows = [
        row("r0", TEXT, PARIS),
        row("r1", "to Lima now", Span(3, 7, "city")),
        row("r2", "to New York now", Span(3, 11, "City "), Span(7, 11, "city")),
    ]
    kept, repairs = FAMILY.clean(rows)
    assert kept[2].target == (Span(3, 11, "city"),)
    assert [(repair.row_id, repair.code) for repair in repairs] == [
        ("r2", "label_spelling"),
        ("r2", "overlapping_spans"),
    ]


def test_the_same_text_marked_differently_is_dropped_but_shifted_marks_are_not() -> None:
    rows = [
        row("r0", TEXT, PARIS),
        row("r1", TEXT, OSLO),
        row("r2", "to Lima", Span(3, 7, "city")),
        row("r3", "to  Lima", Span(4, 8, "city")),
        row("r4", "to Rome", Span(3, 7, "city")),
    ]
    kept, _ = FAMILY.clean(rows)
    assert [each.id for each in kept] == ["r2", "r3", "r4"]


def test_a_label_of_one_row_is_for_training_only_and_no_repeated_label_is_refused() -> None:
    rows = [row("r0", TEXT, PARIS, MONDAY), row("r1", "to Lima", Span(3, 7, "city"))]
    _, repairs = FAMILY.clean(rows)
    assert [(repair.row_id, repair.action) for repair in repairs] == [("r0", "train_only")]
    with pytest.raises(DataError, match="no label has spans in 2 distinct rows"):
        FAMILY.clean([row("r0", TEXT, PARIS), row("r1", "nothing")])


def test_partial_credit_is_the_rows_own_f1_and_does_not_pass() -> None:
    stat = scored((PARIS, OSLO, MONDAY), (PARIS, Span(14, 17, "city")))
    assert list(stat.counts) == [1, 1, 2]
    assert stat.score == pytest.approx(0.4)
    assert not FAMILY.passed(stat)


def test_the_label_belongs_to_the_entity() -> None:
    assert scored((PARIS,), (Span(5, 10, "day"),)).score == 0.0


def test_finding_nothing_where_nothing_is_counts_as_right() -> None:
    stats = [scored((), ()), scored((), None)]
    assert [stat.score for stat in stats] == [1.0, 0.0]
    assert FAMILY.aggregate(stats, "entity_f1") == 0.5
    assert FAMILY.aggregate(stats[:1], "macro_f1") == 1.0


def test_entity_metrics_are_micro_averages_over_rows() -> None:
    stats = [scored((PARIS, OSLO), (PARIS,)), scored((MONDAY,), (MONDAY, OSLO))]
    assert FAMILY.aggregate(stats, "entity_precision") == pytest.approx(2 / 3)
    assert FAMILY.aggregate(stats, "entity_recall") == pytest.approx(2 / 3)
    assert FAMILY.aggregate(stats, "recall:city") == 0.5
    assert FAMILY.aggregate(stats, "precision:day") == 1.0
    assert FAMILY.aggregate(stats, "macro_f1") == pytest.approx((0.5 + 1.0) / 2)


spans = st.builds(
    lambda start, length, label: Span(start, min(28, start + length), label),
    st.integers(0, 27),
    st.integers(1, 9),
    st.sampled_from(["city", "day"]),
)


@given(st.frozensets(spans, max_size=5), st.frozensets(spans, max_size=5))
def test_counts_add_up(target: frozenset[Span], output: frozenset[Span]) -> None:
    stat = scored(tuple(target), tuple(output))
    found, extra, missed = stat.counts
    assert (found + missed, found + extra) == (len(target), len(output))
    table = FAMILY.per_label([stat])
    assert sum(each["n"] for each in table.values()) == len(target)
    assert (stat.score == 1.0) == (target == output)


def test_marks_are_found_again_as_whole_words() -> None:
    known = (Span(3, 7, "city"),)
    assert respan("to Rome", known, "rome, Romeo, ROME") == (
        Span(0, 4, "city"),
        Span(13, 17, "city"),
    )
    assert respan("", known, "rome") == ()


@given(st.text(max_size=12), st.text(max_size=12), st.data())
def test_carried_spans_lie_inside_the_text(theirs: str, mine: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(theirs)))
    end = data.draw(st.integers(start, len(theirs)))
    carried = respan(theirs, (Span(start, end, "x"),), mine)
    assert isinstance(carried, tuple)
    assert all(0 <= span.start < span.end <= len(mine) for span in carried)


def test_a_sure_answer_that_shares_no_span_with_the_marks_casts_doubt() -> None:
    rows = [row("r0", TEXT, PARIS), row("r1", TEXT, OSLO), row("r2", TEXT, MONDAY)]
    said = [Prediction((OSLO,), 0.95), Prediction((OSLO,), 0.99), Prediction((PARIS,), 0.5)]
    assert FAMILY.suspects(TASK, rows, said) == ["r0"]


def test_real_bases_are_refused_with_the_way_out() -> None:
    with pytest.raises(RecipeError, match="--base fake"):
        FAMILY.space(TASK, ["minilm"], 100)
    with pytest.raises(RecipeError, match="--base fake"):
        FAMILY.baselines(TASK, "minilm")
    with pytest.raises(RecipeError, match=r"only table.v1, majority.v1 .*--base fake"):
        FAMILY.learner("full.v1")
