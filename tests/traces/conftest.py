"""The store on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from tests.traces.postgres import server

from pioneer.store.engine import open_engine, upgrade

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An empty store at the newest schema."""
    if request.param == "sqlite":
        engine = open_engine(tmp_path_factory.mktemp("db") / "pioneer.db")
    else:
        engine = _database(request.getfixturevalue("postgres"))
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


def _database(url: str) -> Engine:
    name = f"store_{next(_NUMBERS)}"
    main = create_engine(url, isolation_level="AUTOCOMMIT")
    with main.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    main.dispose()
    engine = create_engine(make_url(url).set(database=name))
    with engine.begin() as connection:
        upgrade(connection)
    return engine
