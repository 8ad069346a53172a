from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pioneer.data.slices import most_confused, slices
from pioneer.records import Example, Kind, Prediction, Span, Task

TASK = Task(Kind.CLASSIFICATION, "", ("a", "b", "c", "oos"), "accuracy", out_of_scope="oos")


def row(name: str, target: str = "a") -> Example:
    return Example(name, name, target)


def ranked(*pairs: tuple[str, float]) -> Prediction:
    return Prediction(pairs[0][0], pairs[0][1], pairs)


def test_the_closest_fifth_and_the_confused_pair_are_the_boundary() -> None:
    rows = [row(str(n)) for n in range(10)]
    predictions = [ranked(("a", 0.9), ("b", 0.05 + n / 100)) for n in range(10)]
    predictions[3] = ranked(("c", 0.99), ("b", 0.0))
    found = slices(TASK, rows, predictions, [frozenset("cb")])
    assert found["boundary"] == ("3", "8", "9")
    assert set(found) == {"typical", "boundary"}


def test_negative_rows_stand_apart() -> None:
    rows = [row("1"), row("2", "oos"), Example("3", "3", ()), Example("4", "4", (Span(0, 1, "x"),))]
    found = slices(TASK, rows, [Prediction("a", 0.5)] * 4)
    assert found["negative"] == ("2", "3")


def test_without_ranked_labels_confidence_decides() -> None:
    rows = [row(str(n)) for n in range(5)]
    predictions = [Prediction("a", confidence) for confidence in (0.9, 0.3, 0.8, 0.7, 0.6)]
    assert slices(TASK, rows, predictions)["boundary"] == ("1",)


def test_most_confused_counts_mistakes_both_ways() -> None:
    rows = [row("1", "a"), row("2", "b"), row("3", "a"), row("4", "c"), row("5", "c")]
    answers = ["b", "a", "c", "c", "oos"]
    predictions = [ranked((answer, 0.9)) for answer in answers]
    assert most_confused(rows, predictions) == (frozenset("ab"),)
    assert most_confused(rows, predictions, 5)[1:] == (frozenset("ac"), frozenset(("c", "oos")))
    assert most_confused(rows, [Prediction("b", 1.0)] * 5) == ()


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "oos"]), st.floats(0, 1)), max_size=30))
def test_every_row_is_in_exactly_one_slice(pairs: list[tuple[str, float]]) -> None:
    rows = [row(str(n), target) for n, (target, _) in enumerate(pairs)]
    found = slices(TASK, rows, [ranked(("a", score), ("b", 0.1)) for _, score in pairs])
    assert sorted(id_ for ids in found.values() for id_ in ids) == sorted(r.id for r in rows)
    assert all(found.values())
