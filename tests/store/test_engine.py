"""The database: one schema, reached whole or not at all, and no other is touched."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, inspect, select
from sqlalchemy.exc import OperationalError

import pioneer.store.migrations
from pioneer.errors import StoreError
from pioneer.journal.runs import all_runs
from pioneer.store.engine import HEAD, open_engine
from pioneer.store.schema import metadata, rows, runs
from pioneer.store.workspace import open_workspace

SCRIPTS = ScriptDirectory(Path(*pioneer.store.migrations.__path__))
REVISIONS = [step.revision for step in SCRIPTS.walk_revisions()]
OLDER = REVISIONS[1:]
ROW = {"key": "k", "input": "i", "target": '"t"', "extra": "{}"}


def database(root: Path) -> Path:
    """A workspace's database, made by opening it."""
    with open_workspace(root, write=True):
        return root / "pioneer.db"


def execute(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


def tables(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name for (name,) in found if not name.startswith("sqlite_")}


def schema_differs(file: Path) -> list[object]:
    """What alembic would change to come to the schema that the code knows."""
    engine = open_engine(file)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        found: list[object] = compare_metadata(context, metadata)
    engine.dispose()
    return found


def test_the_migrations_lead_to_the_schema(tmp_path: Path) -> None:
    assert schema_differs(tmp_path / "pioneer.db") == []
    engine = open_engine(tmp_path / "pioneer.db")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
        for table in metadata.tables.values():
            found = inspect(connection).get_pk_constraint(table.name)["constrained_columns"]
            assert found == [column.name for column in table.primary_key]
            keys = {
                key["referred_table"] for key in inspect(connection).get_foreign_keys(table.name)
            }
            assert keys == {key.column.table.name for key in table.foreign_keys}
    engine.dispose()


def test_the_newest_migration_is_the_one_that_a_database_is_checked_for() -> None:
    assert SCRIPTS.get_heads() == [HEAD]
    assert sorted(REVISIONS, reverse=True) == REVISIONS  # `is_behind` compares them as text


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_another_schema_is_refused_in_one_line(revision: str, write: bool, tmp_path: Path) -> None:
    file = database(tmp_path)
    execute(file, f"UPDATE alembic_version SET version_num = '{revision}'")
    with (
        pytest.raises(StoreError, match="written by another version of pioneer") as refused,
        open_workspace(tmp_path, write=write),
    ):
        pytest.fail("opened")
    assert revision in str(refused.value)
    assert "another --workspace" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("write", [False, True])
def test_a_foreign_database_is_refused_and_left_alone(write: bool, tmp_path: Path) -> None:
    file = tmp_path / "pioneer.db"
    execute(file, "CREATE TABLE users (name TEXT)")
    with (
        pytest.raises(StoreError, match=r"pioneer.db: this is no database of pioneer"),
        open_workspace(tmp_path, write=write),
    ):
        pytest.fail("opened")
    assert tables(file) == {"users"}


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    "content", [b"no database at all, but text" * 50, b"SQLite format 3\0" * 99]
)
def test_a_file_that_is_no_database_is_refused(content: bytes, write: bool, tmp_path: Path) -> None:
    (tmp_path / "pioneer.db").write_bytes(content)
    with (
        pytest.raises(StoreError, match=r"pioneer.db: this is no database of pioneer"),
        open_workspace(tmp_path, write=write),
    ):
        pytest.fail("opened")
    assert (tmp_path / "pioneer.db").read_bytes() == content


def older(tmp_path: Path, revision: str) -> Path:
    """A workspace as an older version of pioneer left it, with a run."""
    engine = create_engine(f"sqlite:///{tmp_path / 'pioneer.db'}")
    config = Config()
    config.set_main_option("script_location", str(Path(*pioneer.store.migrations.__path__)))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        values = {"id": "r", "command": "c", "arguments": "{}", "status": "running", "created": 1.0}
        connection.execute(insert(runs).values(values))
    engine.dispose()
    return tmp_path


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize("revision", OLDER)
def test_an_older_workspace_is_brought_up_to_date_with_all_it_holds(
    revision: str, write: bool, tmp_path: Path
) -> None:
    with open_workspace(older(tmp_path, revision), write=write) as workspace:
        assert [run.id for run in all_runs(workspace.engine)] == ["r"]
    assert schema_differs(tmp_path / "pioneer.db") == []


_KILLED_BETWEEN_TABLES = """
import os, signal, sys
from pathlib import Path
from alembic import op
from pioneer.store.workspace import open_workspace
op.create_index = lambda *_args, **_named: os.kill(os.getpid(), signal.SIGKILL)
with open_workspace(Path(sys.argv[1]), write=True):
    pass
"""


@pytest.mark.slow
def test_a_schema_half_made_by_a_killed_process_is_made_again(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED_BETWEEN_TABLES, str(tmp_path)], check=False
    )
    assert done.returncode == -signal.SIGKILL
    with (
        pytest.raises(StoreError, match="there is no workspace at"),
        open_workspace(tmp_path, write=False),
    ):
        pytest.fail("opened")
    assert set(metadata.tables) < tables(database(tmp_path))


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "pioneer.db")
    with pytest.raises(KeyError), engine.begin() as connection:
        connection.execute(insert(rows).values(ROW))
        raise KeyError
    with engine.begin() as connection:
        assert connection.execute(select(rows)).all() == []
        connection.execute(insert(rows).values(ROW))
    engine.dispose()
    again = open_engine(tmp_path / "pioneer.db")
    with again.connect() as connection:
        assert len(connection.execute(select(rows)).all()) == 1
    again.dispose()


def test_a_reader_sees_one_state_and_cannot_write(tmp_path: Path) -> None:
    """A worker reads while the coordinator writes: what it reads belongs together."""
    file = database(tmp_path)
    writer, reader = open_engine(file), open_engine(file, read_only=True)
    with reader.connect() as reading:
        assert reading.execute(select(rows)).all() == []
        with writer.begin() as writing:
            writing.execute(insert(rows).values(ROW))
        assert reading.execute(select(rows)).all() == []
    with reader.connect() as reading:
        assert len(reading.execute(select(rows)).all()) == 1
        with pytest.raises(OperationalError, match="readonly"):
            reading.execute(insert(rows).values(ROW | {"key": "other"}))
    writer.dispose()
    reader.dispose()
