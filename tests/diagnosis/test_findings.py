"""Confusions, slices, clusters and drift on logs whose troubles are known."""

from __future__ import annotations

import random
from dataclasses import replace

from pioneer.diagnosis.clusters import clusters
from pioneer.diagnosis.confusions import confusions, leanings
from pioneer.diagnosis.diagnose import diagnose
from pioneer.diagnosis.drift import answer_shift, input_shift, label_shift
from pioneer.diagnosis.findings import Fixability, Leaning, Proposal, Seen
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


def test_rates_are_those_of_the_log_where_failures_are_over_sampled() -> None:
    """A pass stands for 50 calls, a failure for one: half of the sample fails, 2 % of the log."""
    rows = [
        replace(one, ruling=Ruling.FAIL) if at % 2 else replace(one, weight=50.0)
        for at, one in enumerate(log(200))
    ]
    by_name = {one.name: one for one in sliced(rows)}
    long = by_name["length: long"]
    assert long.failures / long.rows > 0.3
    assert long.ci95[0] < 1 / 51 < long.ci95[1]
    assert long.rate < 0.05


def test_languages_are_slices_where_there_are_several() -> None:
    english, german = (
        "where is the parcel that i have sent",
        "wo ist das paket und was kann ich tun",
    )
    rows = [replace(one, input=f"{english} {one.id}") for one in log(100)]
    assert not any(name.startswith("language") for name in slices(rows))
    rows = [replace(one, input=german) if at % 4 == 0 else one for at, one in enumerate(rows)]
    rows = [replace(one, ruling=Ruling.FAIL) if one.input == german else one for one in rows]
    told = {one.name: one for one in sliced(rows)}
    assert (told["language: de"].rows, told["language: de"].rate) == (25, 1.0)
    assert told["language: de"].p < 0.001 < told["language: en"].p


def test_the_newest_tenth_is_a_tenth_of_the_log_not_of_the_sample() -> None:
    rows = [replace(one, weight=9.0 if at < 50 else 1.0) for at, one in enumerate(log(100))]
    found = slices(rows)
    assert len(found["time: newest tenth"]) == 50
    assert len(found["time: first half"]) < 30


def test_failures_of_a_confusion_are_a_cluster_with_telling_words() -> None:
    rows = missed(log(200), 0.4)
    [found] = clusters(rows, bag([one.input for one in rows]), {})
    failed = [one for one in rows if one.ruling is Ruling.FAIL]
    assert (found.answered, found.right, found.size) == ("metal", "fruit", len(failed))
    assert (found.share, found.count) == (1.0, float(len(failed)))
    assert found.leaning is Leaning.BOTH
    assert found.fixability is Fixability.UNKNOWN
    assert set(found.examples) <= {one.id for one in failed}
    assert set(found.name.split(", ")) <= {word for one in failed for word in one.input.split()}


def test_a_cluster_of_rows_that_nobody_should_learn_is_external() -> None:
    rows = missed(log(200), 0.4)
    said = {one.id: Suspicion(one.id, 0.9, Decision.DROP, ()) for one in rows}
    [found] = clusters(rows, bag([one.input for one in rows]), said)
    assert found.fixability is Fixability.EXTERNAL


def test_a_cluster_leans_as_the_labels_that_it_mixes_up() -> None:
    """Fruit is missed for both others, which are also taken for each other."""
    other = {"metal": "river", "river": "metal"}
    rows = [
        replace(one, answered=other.get(str(one.right), ("metal", "river")[at % 8 // 4]))
        if at % (4 if one.right == "fruit" else 2) == 1
        else one
        for at, one in enumerate(log(300))
    ]
    rows = [
        replace(one, ruling=Ruling.PASS if one.answered == one.right else Ruling.FAIL)
        for one in rows
    ]
    leans = {one.label: one.leaning for one in leanings(rows)}
    assert leans == {"fruit": Leaning.RECALL, "metal": Leaning.BOTH, "river": Leaning.BOTH}
    found = clusters(rows, bag([one.input for one in rows]), {})
    leant = {one.leaning for one in found if one.right == "fruit" and one.answered}
    assert leant == {Leaning.RECALL}
    assert {one.leaning for one in found if one.right == "river"} == {Leaning.BOTH}


def test_clusters_are_fixable_or_external_only_beyond_chance() -> None:
    rows = missed(log(200), 0.4)
    failed = [one for one in rows if one.ruling is Ruling.FAIL]
    vectors = bag([one.input for one in rows])

    def said(kept: int) -> Fixability:
        words = (Decision.KEEP if at < kept else Decision.DROP for at in range(len(failed)))
        told = {r.id: Suspicion(r.id, 0.5, one, ()) for r, one in zip(failed, words, strict=True)}
        [found] = clusters(rows, vectors, told)
        return found.fixability

    assert said(len(failed)) is Fixability.FIXABLE
    assert said(len(failed) // 2) is Fixability.UNKNOWN
    assert said(0) is Fixability.EXTERNAL


def test_answers_are_held_against_the_labels_learned_from() -> None:
    rows = log(300)
    same, other = [str(one.right) for one in rows] * 2, ["fruit"] * 200 + ["metal"] * 200
    alike, apart = label_shift(rows, same), label_shift(rows, other)
    assert alike is not None
    assert apart is not None
    assert (alike.value, apart.value > 0.2, apart.p < 0.001) == (0.0, True, True)
    assert apart.rows == (300, 400)
    assert label_shift(rows[:10], same) is None


def test_a_weighted_sample_does_not_drift_by_itself() -> None:
    """Rare labels, two weights, nothing moved: at most about one test in twenty says otherwise."""
    alarms = 0
    for seed in range(60):
        rng = random.Random(seed)
        names = [f"label {rng.randint(0, 30) ** 2 // 30}" for _ in range(400)]
        rows = [
            replace(one, answered=name, weight=rng.choice([1.0, 30.0]))
            for one, name in zip(log(400), names, strict=True)
        ]
        found = answer_shift(rows)
        assert found is not None
        alarms += found.p <= 0.05
    assert alarms <= 8


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
    seen = Seen({"read": 200}, {"empty": 1}, (Proposal("gold", 2, ("c1", "c2")),), ("a note",))
    found, said = diagnose("m@1", TASK, rows, trusted(), bag, seen)
    assert [one.id for one in said] == [one.id for one in rows]
    assert found.confusions[0].right == "fruit"
    assert sum(found.triage.values()) == 200
    assert (found.new_labels, found.texts) == (seen.new_labels, {"empty": 1})
    assert found.notes == ("a note",)
    clean, _ = diagnose("m@1", TASK, log(60), trusted(), bag, Seen())
    assert clean.notes == ("no failure among the judged calls: nothing to repair",)
    assert (clean.rate, clean.clusters) == (0.0, ())
