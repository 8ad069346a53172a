"""The store on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from pioneer.store.engine import open_engine, upgrade
from pioneer.store.schema import metadata
from tests.traces.postgres import server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Engine]:
    """A server's database at the newest schema."""
    with server() as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            upgrade(connection)
        yield engine
        engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An empty store."""
    if request.param == "sqlite":
        engine = open_engine(tmp_path_factory.mktemp("db") / "pioneer.db")
        yield engine
        engine.dispose()
    else:
        engine = request.getfixturevalue("postgres")
        yield engine
        with engine.begin() as connection:
            names = ", ".join(metadata.tables)
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection
