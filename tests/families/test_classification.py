"""What only classification does: labels, their spelling, conflicts, metrics, suspects."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from pioneer.errors import ArgumentError, DataError
from pioneer.families import family
from pioneer.families.scope import out_of_scope_label
from pioneer.records import Example, Kind, Prediction, RowStat, Task

FAMILY = family(Kind.CLASSIFICATION)
LABELS = ("a", "b", "c", "d")


def rows(*pairs: tuple[str, str]) -> list[Example]:
    return [Example(f"r{n}", text, label) for n, (text, label) in enumerate(pairs)]


ENOUGH = (("one", "x"), ("two", "x"), ("three", "y"), ("four", "y"))


def task(*labels: str) -> Task:
    return Task(Kind.CLASSIFICATION, "sort", labels, "accuracy")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"text": "hi"}, "no column 'label'"),
        ({"text": "hi", "label": None}, "'label' is null"),
        ({"text": "hi", "label": "  "}, "'label' is empty"),
        ({"text": None, "label": "x"}, "'text' is null"),
        ({"text": 5, "label": "x"}, "'text' must be text, but holds a number"),
        ({"text": "hi", "label": ["x", "y"]}, "multi-label"),
        ({"text": "hi", "label": [{"start": 0, "end": 1, "label": "x"}]}, "spans where labels"),
        ({"text": "hi", "spans": []}, "spans where labels belong"),
        ({"text": "hi", "label": {"x": 1}}, "holds an object"),
        ({"text": "hi", "label": 0.5}, "holds a number"),
    ],
)
def test_a_bad_row_is_refused_by_name(row: dict[str, object], says: str) -> None:
    with pytest.raises(DataError, match=says):
        FAMILY.parse(row)


@pytest.mark.parametrize(("value", "label"), [(3, "3"), (True, "true"), (2.0, "2"), ("x", "x")])
def test_labels_are_text(value: object, label: str) -> None:
    assert FAMILY.parse({"text": "hi", "label": value}).target == label


def test_labels_that_were_no_text_are_counted_once_by_type() -> None:
    raw = [{"text": f"t{n}", "label": n % 2} for n in range(6)]
    raw += [{"text": "y1", "label": True}, {"text": "y2", "label": True}]
    parsed = [FAMILY.parse(row) for row in raw]
    found = [Example(f"r{n}", p.input, p.target, extra=p.extra) for n, p in enumerate(parsed)]
    kept, repairs = FAMILY.clean(found)
    assert [(repair.row_id, repair.reason) for repair in repairs] == [
        (None, "6 labels are a number, read as text"),
        (None, "2 labels are true/false, read as text"),
    ]
    assert all(row.extra == {} for row in kept)


def test_labels_that_differ_by_case_or_spaces_are_merged_into_the_most_frequent() -> None:
    kept, repairs = FAMILY.clean(
        rows(*ENOUGH, ("five", "X"), ("six", " x"), ("seven", "Y  y"), ("eight", "y y"))
    )
    assert [row.target for row in kept] == ["x", "x", "y", "y", "x", "x", "Y y", "Y y"]
    assert {(repair.row_id, repair.code) for repair in repairs} == {
        ("r4", "label_spelling"),
        ("r5", "label_spelling"),
        ("r6", "label_spelling"),
        ("r7", "label_spelling"),
    }
    assert repairs[0].reason == "label 'X' is written 'x'"


def test_a_text_with_two_labels_is_dropped_wherever_it_stands() -> None:
    kept, repairs = FAMILY.clean(rows(*ENOUGH, ("FIVE", "x"), (" five ", "y"), ("one", "x")))
    assert [row.id for row in kept] == ["r0", "r1", "r2", "r3", "r6"]
    assert [(repair.row_id, repair.action) for repair in repairs] == [
        ("r4", "dropped"),
        ("r5", "dropped"),
    ]
    assert "'x' and 'y'" in repairs[0].reason


def test_spelling_alone_is_no_conflict() -> None:
    kept, _ = FAMILY.clean(rows(*ENOUGH, ("five", "x"), ("five", "X")))
    assert len(kept) == 6


def test_a_label_with_one_distinct_text_is_for_training_only() -> None:
    kept, repairs = FAMILY.clean(rows(*ENOUGH, ("rare", "z"), ("RARE", "z")))
    assert len(kept) == 6
    assert [(repair.row_id, repair.action) for repair in repairs] == [
        ("r4", "train_only"),
        ("r5", "train_only"),
    ]


@pytest.mark.parametrize(
    "pairs",
    [
        (("one", "x"), ("two", "x")),
        (("one", "x"), ("two", "x"), ("three", "y")),
        (("one", "x"), ("two", "x"), ("three", "y"), ("THREE", "y")),
        (("one", "x"), ("two", "x"), ("same", "y"), ("same", "z")),
        (),
    ],
)
def test_fewer_than_two_labels_with_two_texts_are_refused(
    pairs: tuple[tuple[str, str], ...],
) -> None:
    with pytest.raises(DataError, match="2 distinct rows"):
        FAMILY.clean(rows(*pairs))


@given(
    st.lists(st.tuples(st.text(max_size=3), st.sampled_from(["x", "X ", "y", "z"])), max_size=20)
)
def test_cleaning_never_invents_a_row_or_a_label(pairs: list[tuple[str, str]]) -> None:
    given_rows = rows(*ENOUGH, *pairs)
    try:
        kept, repairs = FAMILY.clean(given_rows)
    except DataError:
        return
    before = {row.id: row for row in given_rows}
    dropped = {repair.row_id for repair in repairs if repair.action == "dropped"}
    assert {row.id for row in kept} | dropped == before.keys()
    for row in kept:
        assert row.input == before[row.id].input
        assert str(row.target).lower() == str(before[row.id].target).strip().lower()
    texts: dict[str, set[object]] = {}
    for row in kept:
        texts.setdefault(row.input, set()).add(row.target)
    assert all(len(found) == 1 for found in texts.values())


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, "new"])), min_size=1))
def test_f1_is_what_scikit_learn_says(pairs: list[tuple[str, str]]) -> None:
    stats = scored(pairs)
    targets, outputs = zip(*pairs, strict=True)
    macro = f1_score(targets, outputs, average="macro", zero_division=0.0)
    micro = f1_score(targets, outputs, average="micro", zero_division=0.0)
    assert FAMILY.aggregate(stats, "macro_f1") == pytest.approx(macro)
    assert FAMILY.aggregate(stats, "micro_f1") == pytest.approx(micro)


def scored(pairs: list[tuple[str, str]]) -> list[RowStat]:
    return [
        FAMILY.score_row(task(*LABELS), Example("r", "text", target), Prediction(output, 0.5))
        for target, output in pairs
    ]


def test_metrics_of_one_label() -> None:
    stats = scored([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b"), ("c", "a")])
    assert FAMILY.aggregate(stats, "recall:a") == 0.5
    assert FAMILY.aggregate(stats, "precision:b") == pytest.approx(2 / 3)
    assert FAMILY.aggregate(stats, "f1:c") == 0.0
    assert FAMILY.aggregate(stats, "recall:absent") == 0.0
    with pytest.raises(ArgumentError):
        FAMILY.aggregate(stats, "beauty:a")
    assert FAMILY.per_label(stats)["a"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "n": 2}


def test_a_label_may_hold_a_colon() -> None:
    stats = [RowStat("r", "", 1.0, "a:b", "a:b", 1.0)]
    assert FAMILY.aggregate(stats, "recall:a:b") == 1.0


def test_case_and_spaces_do_not_make_an_answer_wrong_but_an_unknown_label_does() -> None:
    known = task("Play Music", "stop")
    told = Prediction("Play Music", 1.0)
    stat = FAMILY.score_row(known, Example("r", "text", "play  music"), told)
    assert (stat.score, stat.target) == (1.0, "Play Music")
    unknown = Prediction("dance", 1.0)
    assert FAMILY.score_row(known, Example("r", "text", "dance"), unknown).score == 0.0


def test_abstaining_misses_the_target_and_accuses_no_label() -> None:
    stat = FAMILY.score_row(task("a", "b"), Example("r", "text", "a"), Prediction(None, 0.1))
    assert FAMILY.per_label([stat]) == {"a": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "n": 1}}


def test_most_flipped_labels_are_suspected_and_no_right_one_is() -> None:
    rng = random.Random(3)
    found, said, flipped = [], [], set()
    for number in range(200):
        true = LABELS[number % 4]
        wrong = number % 20 == 0
        label = LABELS[(number + 1) % 4] if wrong else true
        if wrong:
            flipped.add(f"r{number}")
        found.append(Example(f"r{number}", f"text {number}", label))
        said.append(_leaning(true, 0.7 + 0.25 * rng.random()))
    named = FAMILY.suspects(task(*LABELS), found, said)
    assert set(named) <= flipped
    assert len(named) == len(set(named)) >= len(flipped) * 0.7


def _leaning(label: str, share: float) -> Prediction:
    rest = (1 - share) / 3
    ranked = ((label, share), *((other, rest) for other in LABELS if other != label))
    return Prediction(label, share, ranked)


@pytest.mark.parametrize(
    "ranked",
    [(), (("elsewhere", 1.0),), (("a", 0.0), ("b", 0.0))],
)
def test_without_usable_distributions_nobody_is_suspected(
    ranked: tuple[tuple[str, float], ...],
) -> None:
    found = rows(("one", "a"), ("two", "b"))
    assert FAMILY.suspects(task("a", "b"), found, [Prediction("a", 1.0, ranked)] * 2) == []


@pytest.mark.parametrize(
    ("labels", "scope"),
    [
        (("book", "oos", "play"), "oos"),
        (("book", "Out-of-Scope", "play"), "Out-of-Scope"),
        (("book", "OutOfScope", "play"), "OutOfScope"),
        (("none_of_the_above", "other", "play"), "none_of_the_above"),
        (("other", "spam"), None),
        (("another", "book", "play"), None),
        ((), None),
    ],
)
def test_the_out_of_scope_label_is_told_by_its_name(
    labels: tuple[str, ...], scope: str | None
) -> None:
    assert out_of_scope_label(labels) == scope


def test_real_strategies_come_in_the_order_of_their_drafts() -> None:
    from pioneer.families.classification.learners import drafts

    goal = task("a", "b")
    space = FAMILY.space(goal, ["minilm"], 40)
    assert space.strategies == drafts(40, 2)
    assert space.bases == ("minilm",)
    names = [recipe.strategy for recipe in FAMILY.baselines(goal, "minilm").values()]
    assert names[-1] == "probe.v1"
    learners: list[Callable[..., object]] = [FAMILY.learner(name) for name in names]
    assert len(learners) == 3


def test_where_a_version_serves_what_keeps_its_answers_is_tried_first_and_a_cheap_one_second() -> (
    None
):
    space = FAMILY.space(task("a", "b"), ["minilm"], 40, served=True)
    assert [one.name for one in space.strategies][:3] == ["keeping.v1", "probe.v1", "full.v1"]


@pytest.mark.parametrize(
    ("rows", "served", "epochs"), [(199, False, 5), (200, False, 3), (199, True, 3), (200, True, 3)]
)
def test_few_rows_are_passed_more_often_unless_a_version_serves(
    rows: int, served: bool, epochs: int
) -> None:
    space = FAMILY.space(task("a", "b"), ["minilm"], rows, served=served)
    (full,) = [one for one in space.strategies if one.name == "full.v1"]
    assert full.defaults()["epochs"] == epochs


def test_finding_a_family_loads_nothing_heavy() -> None:
    code = (
        "import sys; from pioneer.families import families; families();"
        "print(sorted({'torch', 'numpy', 'sklearn', 'scipy', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
