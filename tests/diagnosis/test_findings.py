"""Confusions, slices, clusters and drift on logs whose troubles are known."""

from __future__ import annotations

import random
from dataclasses import replace

from pioneer.diagnosis.clusters import clusters
from pioneer.diagnosis.confusions import confusions, leanings
from pioneer.diagnosis.diagnose import diagnose
from pioneer.diagnosis.drift import answer_shift, input_shift
from pioneer.diagnosis.findings import Fixability, Leaning
from pioneer.diagnosis.records import Decision, LogRow, Suspicion
from pioneer.diagnosis.slicing import sliced, slices
from pioneer.records import Ruling
from tests.diagnosis.logs import TASK, bag, log, row, text, trusted


def missed(rows: list[LogRow], share: float, answer: str = "metal") -> list[LogRow]:
    """Some of the fruit rows are answered otherwise."""
    rng = random.Random(1)
    return [
        replace(one, answered=answer, ruling=Ruling.FAIL)
        if one.right == "fruit" and rng.random() < share
        else one
        for one in rows
    ]


def test_confusions_are_counted_with_their_weights() -> None:
    rows = [row(at, "iron", "fruit", "metal") for at in range(3)]
    rows += [
        replace(row(9, "iron", "river", "metal"), weight=3.0),
        row(10, "tin", "metal", "metal"),
    ]
    first, second = confusions(rows)
    assert {(one.answered, one.right): one.share for one in (first, second)} == {
        ("metal", "fruit"): 0.5,
        ("metal", "river"): 0.5,
    }
    low, high = first.ci95
    assert low < 0.5 < high


def test_labels_lean_to_recall_or_precision() -> None:
    found = {one.label: one for one in leanings(missed(log(200), 0.5))}
    assert found["fruit"].leaning is Leaning.RECALL
    assert found["metal"].leaning is Leaning.PRECISION
    assert found["fruit"].missed == found["metal"].wrongly_answered


def test_the_slice_that_fails_is_found_and_the_others_are_not() -> None:
    rows = log(300)
    rows = [
        replace(one, metadata={"channel": "app" if at % 3 else "mail"})
        for at, one in enumerate(rows)
    ]
    rows = [
        replace(one, ruling=Ruling.FAIL) if one.metadata["channel"] == "mail" and at % 2 else one
        for at, one in enumerate(rows)
    ]
    first, *others = sliced(rows)
    assert (first.name, first.p < 0.001) == ("channel: mail", True)
    assert all(one.p > 0.01 for one in others if "channel" not in one.name)
    ids = [one for part in slices(rows).values() for one in part]
    assert {*ids} == {one.id for one in rows}


def test_failures_of_a_confusion_are_a_cluster_with_telling_words() -> None:
    rows = missed(log(200), 0.4)
    [found] = clusters(rows, bag([one.input for one in rows]), {})
    failed = [one for one in rows if one.ruling is Ruling.FAIL]
    assert (found.answered, found.right, found.size) == ("metal", "fruit", len(failed))
    assert found.share == 1.0
    assert found.fixability is Fixability.UNKNOWN
    assert set(found.examples) <= {one.id for one in failed}
    assert set(found.name.split(", ")) <= {word for one in failed for word in one.input.split()}


def test_a_cluster_of_rows_that_nobody_should_learn_is_external() -> None:
    rows = missed(log(200), 0.4)
    said = {one.id: Suspicion(one.id, 0.9, Decision.DROP, ()) for one in rows}
    [found] = clusters(rows, bag([one.input for one in rows]), said)
    assert found.fixability is Fixability.EXTERNAL


def test_drift_is_seen_where_it_is_and_not_where_it_is_not() -> None:
    still = log(300)
    steady = answer_shift(still)
    assert steady is not None
    assert steady.p > 0.01
    moved = [
        replace(one, answered="river") if at > 150 and at % 2 else one
        for at, one in enumerate(still)
    ]
    shifted = answer_shift(moved)
    assert shifted is not None
    assert shifted.p < 0.001
    rng = random.Random(3)
    same = [text(rng.choice(["fruit", "metal", "river"]), rng) for _ in range(100)]
    known = bag([one.input for one in still])
    alike, other = input_shift(bag(same), known), input_shift(bag(["iron tin lead"] * 60), known)
    assert alike is not None
    assert other is not None
    assert alike.p > 0.01
    assert other.p <= 0.01
    assert input_shift(bag(same[:5]), known) is None


def test_a_whole_diagnosis() -> None:
    rows = missed(log(200), 0.4)
    found, said = diagnose(
        "m@1", TASK, rows, trusted(), bag, {"read": 200}, {"gold": 2}, ["a note"]
    )
    assert [one.id for one in said] == [one.id for one in rows]
    assert found.confusions[0].right == "fruit"
    assert sum(found.triage.values()) == 200
    assert found.new_labels == {"gold": 2}
    assert found.notes == ("a note",)
    clean, _ = diagnose("m@1", TASK, log(60), trusted(), bag, {}, {})
    assert clean.notes == ("no failure among the judged calls: nothing to repair",)
    assert (clean.rate, clean.clusters) == (0.0, ())
