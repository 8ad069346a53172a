from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, func, select

from pioneer.data.rows import Manifest, examples_of, get, manifest_hash, manifest_of, put, row_key
from pioneer.errors import StoreError
from pioneer.records import Example, Span, dump, load
from pioneer.store.schema import metadata
from pioneer.store.schema import rows as table

spans = st.builds(Span, st.integers(0, 5), st.integers(6, 9), st.text(max_size=3))
examples = st.builds(
    Example,
    id=st.uuids().map(str),
    input=st.text(max_size=10),
    target=st.text(max_size=5) | st.lists(spans, max_size=2).map(tuple),
    group=st.text("gh", max_size=2),
    provenance=st.just("train.csv:1"),
    extra=st.dictionaries(st.sampled_from(["answer", "tests"]), st.lists(st.text(max_size=3))),
)


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(examples, max_size=6))
def test_what_is_put_comes_back(connection: Connection, rows: list[Example]) -> None:
    put(connection, rows)
    put(connection, rows)
    manifest = load(Manifest, dump(manifest_of(rows)))
    assert examples_of(connection, manifest) == rows


def test_equal_content_is_stored_once(connection: Connection) -> None:
    row = Example("1", "hi", "a")
    put(connection, [row, replace(row, id="2", group="g", provenance="x")])
    put(connection, [replace(row, id="3")])
    assert connection.scalar(select(func.count()).select_from(table)) == 1
    assert get(connection, [row_key(row), "nothing"]) == {
        row_key(row): replace(row, id=row_key(row))
    }


def test_many_rows(connection: Connection) -> None:
    rows = [Example(str(n), f"text {n}", "a") for n in range(2500)]
    put(connection, rows)
    assert examples_of(connection, manifest_of(rows[::-1])) == rows[::-1]


def test_a_forgotten_row_is_named(connection: Connection) -> None:
    with pytest.raises(StoreError, match="row 17 is not in the row store"):
        examples_of(connection, manifest_of([Example("17", "hi", "a")]))


def test_the_hash_is_of_rows_and_groups_alone() -> None:
    one, two = Example("1", "hi", "a", "g", "train.csv:1"), Example("2", "yo", "b")
    digest = manifest_hash(manifest_of([one, two]))
    assert manifest_hash(manifest_of([two, replace(one, provenance="else")])) == digest
    assert manifest_hash(manifest_of([one])) != digest
    assert manifest_hash(manifest_of([replace(one, group="h"), two])) != digest
    assert manifest_hash(manifest_of([replace(one, target="b"), two])) != digest
