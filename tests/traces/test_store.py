"""The store's laws, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from pioneer.errors import RegistryError
from pioneer.judges.standing import standing
from pioneer.records import Ruling, Span, Trace, Verdict
from pioneer.store.schema import metadata, rows, traces, verdicts
from pioneer.traces import reading, store

PASS = Verdict(Ruling.PASS, "metric:accuracy", "", "delivery", 5.0)
FAIL = Verdict(Ruling.FAIL, "llm:x", "off topic", None, 6.0)

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
spans = st.builds(Span, st.integers(0, 3), st.integers(4, 8), texts)
targets = texts | st.lists(spans, max_size=2).map(tuple)
said = st.builds(
    Verdict,
    st.sampled_from(Ruling),
    st.sampled_from(["human", "human:anna", "llm:x", "metric:accuracy"]),
    texts,
    st.none() | targets,
    st.floats(0, 2e9),
)
calls = st.builds(
    Trace,
    id=texts.filter(bool),
    input=texts,
    output=st.none() | targets,
    time=st.none() | st.floats(0, 2e9),
    model=st.none() | texts,
    confidence=st.none() | st.floats(0, 1),
    metadata=st.dictionaries(texts, texts | st.integers() | st.lists(texts), max_size=2),
    parent=st.none() | texts,
)


def trace(number: int = 0, **fields: object) -> Trace:
    return replace(Trace(f"t{number}", f"text {number}", "delivery"), **fields)  # type: ignore[arg-type]


def size(connection: Connection, table: object = traces) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]


def test_the_migrations_make_the_schema(connection: Connection) -> None:
    """Comments aside, which SQLite does not have."""
    found = compare_metadata(MigrationContext.configure(connection), metadata)
    changes = [change for one in found for change in (one if isinstance(one, list) else [one])]
    assert [change for change in changes if change[0] != "modify_comment"] == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(batch=st.lists(st.tuples(calls, st.lists(said, max_size=3)), max_size=5))
def test_what_is_added_comes_back_and_adding_it_again_changes_nothing(
    connection: Connection, batch: Sequence[tuple[Trace, Sequence[Verdict]]]
) -> None:
    with connection.begin_nested() as undo:
        first = store.add(connection, "m", batch)
        found = list(reading.stream_histories(connection, "m"))
        again = store.add(connection, "m", batch)
        assert list(reading.stream_histories(connection, "m")) == found
        undo.rollback()
    wanted = _merged(batch)
    assert [(replace(one, expected=None, verdict=None), words) for one, words in found] == wanted
    assert all(one.verdict == standing(words) for one, words in found)
    assert (first.new, first.verdicts) == (len(wanted), sum(len(words) for _, words in wanted))
    assert (again.new, again.known, again.verdicts) == (0, len(batch), 0)


def _merged(batch: Sequence[tuple[Trace, Sequence[Verdict]]]) -> list[tuple[Trace, list[Verdict]]]:
    """The first trace of each id, with every word that was said of it, once."""
    found: dict[str, tuple[Trace, list[Verdict]]] = {}
    for one, history in batch:
        _, told = found.setdefault(one.id, (one, []))
        for word in history:
            if not any(_same(word, old) for old in told):
                told.append(word)
    return list(found.values())


def _same(one: Verdict, other: Verdict) -> bool:
    return replace(one, at=None) == replace(other, at=None)


def test_a_later_import_adds_what_was_said_since(connection: Connection) -> None:
    store.add(connection, "m", [(trace(), [PASS])])
    added = store.add(connection, "m", [(trace(), [PASS, FAIL]), (trace(1), [])])
    assert (added.new, added.known, added.verdicts) == (1, 1, 1)
    found, history = next(reading.stream_histories(connection, "m"))
    assert history == [PASS, FAIL]
    assert found.verdict == FAIL
    human = Verdict(Ruling.PASS, "human:anna", "", None, 1.0)
    assert store.say(connection, [(1, human), (1, human)]) == 1
    assert reading.by_number(connection, 1).verdict == replace(human, expected="delivery")
    assert store.say(connection, [(1, human)], again=True) == 1
    assert size(connection, verdicts) == 4


def test_the_first_text_of_an_id_stays(connection: Connection) -> None:
    store.add(connection, "m", [(trace(), [])])
    added = store.add(connection, "m", [(trace(input="another"), [])])
    assert (added.clashing, added.known, added.new) == (1, 1, 0)
    assert reading.by_number(connection, 1).input == "text 0"


def test_models_do_not_share_traces(connection: Connection) -> None:
    for name in ("a", "b"):
        assert store.add(connection, name, [(trace(), [])]).new == 1
    with pytest.raises(RegistryError, match="a and b both have a trace 't0'"):
        reading.find(connection, "t0")
    assert reading.find(connection, "t0", "b")[:2] == ("b", 2)
    with pytest.raises(RegistryError, match="there is no trace 'x'"):
        reading.find(connection, "x")
    assert [one.id for one in reading.stream(connection, "a")] == ["t0"]


def test_many_traces_page_by_page(connection: Connection) -> None:
    rulings = [PASS, FAIL, None]
    batch = [(trace(n), [v] if (v := rulings[n % 3]) else []) for n in range(4500)]
    store.add(connection, "m", batch)
    assert [one.id for one in reading.stream(connection, "m")] == [one.id for one, _ in batch]
    assert [one.id for one in reading.stream(connection, "m", after=4498)] == ["t4498", "t4499"]
    assert reading.count(connection, "m").rulings == {"pass": 1500, "fail": 1500, "none": 1500}
    assert reading.count(connection, "none").total == 0
    newest = reading.newest(connection, "m", 2, Ruling.FAIL)
    assert [one.id for one in newest] == ["t4498", "t4495"]
    assert len(reading.newest(connection, "m", 9000, Ruling.PASS)) == 1500
    assert reading.newest(connection, "m", 0) == []
    assert [one.id for one in reading.newest(connection, "m", 3)] == ["t4499", "t4498", "t4497"]


def test_imports_are_on_record(connection: Connection) -> None:
    seq = store.begin_import(connection, "m", "log.jsonl", "jsonl")
    store.end_import(connection, seq, {"rows": 3})
    (found,) = reading.imports(connection, "m")
    assert (found["file"], found["format"], found["rows"]) == ("log.jsonl", "jsonl", 3)


def test_derived_rows_are_known_by_their_trace(connection: Connection) -> None:
    store.add(connection, "m", [(trace(n), []) for n in range(3)])
    store.derive(connection, "m", {"t0": ["k1", "k2"], "t1": ["k2"], "nobody": ["k3"]})
    store.derive(connection, "m", {"t0": ["k1"]})
    assert store.derived_keys(connection, 1) == ({"k1", "k2"}, {"k2"})
    assert store.derived_keys(connection, 3) == (set(), set())


def test_an_answer_that_was_carried_over_goes_with_either_trace(connection: Connection) -> None:
    store.add(connection, "m", [(trace(n), []) for n in range(5)])
    made = [("k1", "t0", "t1"), ("k2", "t0", "t2"), ("k2", "t3", "t4"), ("k3", "t0", "nobody")]
    store.carry(connection, "m", made)
    store.carry(connection, "m", made[:1])
    store.derive(connection, "m", {"t4": ["k1"]})
    assert store.derived_keys(connection, 1) == ({"k1", "k2"}, {"k1", "k2"})  # t0
    assert store.derived_keys(connection, 2) == ({"k1"}, {"k1"})  # t1: t4 was judged so itself
    store.remove(connection, "m", 5, "t4")
    assert store.derived_keys(connection, 2) == ({"k1"}, set())
    assert store.derived_keys(connection, 3) == ({"k2"}, set())
    assert store.derived_keys(connection, 4) == (set(), set())
    store.remove(connection, "m", 2, "t1")
    assert store.derived_keys(connection, 1) == ({"k2"}, set())


def test_a_carried_answer_names_its_source_by_hash() -> None:
    told = store.carried_provenance("m", "a text", "the source")
    assert store.made_from(told, "a text")
    assert store.is_carried(told)
    assert store.is_carried(told, "m", "the source")
    assert not store.is_carried(told, "other", "the source")
    assert not store.is_carried(told, "m", "a text")
    assert not store.is_carried(store.provenance("x carried:y", "confirmed"))
    assert "source" not in told


def test_a_removed_trace_is_gone_and_stays_away(connection: Connection) -> None:
    store.add(connection, "m", [(trace(0, input="same"), [PASS]), (trace(1, input="same"), [])])
    store.derive(connection, "m", {"t0": ["k"]})
    assert store.remove(connection, "m", 1, "t0") == 1
    assert [one.id for one in reading.stream(connection, "m")] == ["t1"]
    assert size(connection, verdicts) == 0
    barred = store.forgotten_ids(connection)
    added = store.add(connection, "m", [(trace(), [PASS]), (trace(2), [])], barred)
    assert (added.forgotten, added.new, added.verdicts) == (1, 1, 0)
    assert store.add(connection, "other", [(trace(), [])], barred).new == 1
    assert size(connection, rows) == 0


def test_provenance_names_the_trace() -> None:
    assert store.made_from(store.provenance("a b"), "a b")
    assert store.made_from(store.provenance("a", "typo"), "a")
    assert not store.made_from(store.provenance("ab"), "a")
    assert not store.made_from("train.csv:1")
    assert not store.made_from("train.csv:1", "train.csv:1")
    assert store.made_from(store.provenance("a"))
