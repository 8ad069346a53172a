"""The SQL engine of a workspace: SQLite in WAL mode, brought to the newest schema."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from pioneer.errors import StoreError

HEAD = "0004"
"""Newest migration; a database at this one needs no alembic import."""

_MIGRATIONS = Path(__file__).parent / "migrations"


@contextmanager
def storage_errors(place: Path) -> Iterator[None]:
    """Turn what the disk or the database raises into a StoreError that names the place."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, place) from error
    except (DatabaseError, sqlite3.Error) as error:
        raise _database_error(error, place) from error


def disk_error(error: OSError, place: Path) -> StoreError:
    """What the disk refused, and where: the file that the error names, else `place`."""
    named = error.filename if isinstance(error.filename, str) else str(place)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(place)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return _forbidden(named)
    return StoreError(f"cannot use {named}: {error.strerror or error}")


def _database_error(error: Exception, place: Path) -> StoreError:
    cause = str(getattr(error, "orig", error))
    if "disk is full" in cause or "disk I/O" in cause:
        return _full(place)
    if "readonly" in cause or "unable to open" in cause:
        return _forbidden(str(place))
    if "not a database" in cause or "malformed" in cause:
        return _foreign(place / "pioneer.db", cause)
    return StoreError(f"the database under {place} failed: {cause}")


def _full(place: Path) -> StoreError:
    return StoreError(
        f"the disk is full: cannot write under {place}",
        hint="free some space; `pioneer runs resume` goes on with a run that it stopped",
    )


def no_workspace(root: Path) -> StoreError:
    return StoreError(
        f"there is no workspace at {root}",
        hint="`pioneer cold-start` makes one; or name another with --workspace",
    )


def _foreign(file: Path, cause: str) -> StoreError:
    return StoreError(
        f"this is no database of pioneer, or it is damaged: {cause}",
        file=str(file),
        hint="restore it from a copy, or choose another --workspace",
    )


def _forbidden(named: str) -> StoreError:
    return StoreError(
        f"no permission for {named}", hint="change its permissions, or choose another place"
    )


def open_engine(file: Path, *, read_only: bool = False) -> Engine:
    """An engine on `file`. Creates or upgrades the schema unless read-only.

    Raises StoreError where the file is none of ours, or of another version.
    """
    url = _reading(file) if read_only else URL.create("sqlite", database=str(file))
    engine = create_engine(url, connect_args={"timeout": 30})
    event.listen(engine, "connect", _pragmas_read if read_only else _pragmas_write)
    event.listen(engine, "begin", _begin)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        if read_only:
            with engine.connect() as connection:
                _check(connection, file)
        else:
            with engine.begin() as connection:
                _upgrade(connection, file)
        stack.pop_all()
    return engine


def is_behind(file: Path) -> bool:
    """Whether an older version of pioneer wrote this database, so that it must be brought up to
    date before it can be read. False for what is no database of ours."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return False
    return found is not None and str(found[0]) < HEAD


def upgrade(connection: Connection) -> None:
    """Create the tables, or bring them to the newest schema, on any database. Raises StoreError."""
    _upgrade(connection, Path(connection.engine.url.database or ""))


def _reading(file: Path) -> URL:
    """SQLite keeps a file beside a WAL database even to read it. Where this user may write none,
    and no writer has one open, the database does not change: it is read as it stands."""
    beside = file.with_name(f"{file.name}-wal")
    still = not os.access(file.parent, os.W_OK) and not beside.exists()
    query = {"uri": "true"} | ({"immutable": "1"} if still else {"mode": "ro"})
    return URL.create("sqlite", database=f"file:{quote(str(file))}", query=query)


def _pragmas_write(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _pragmas_read(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")


def _begin(connection: Connection) -> None:
    """Python's own transactions leave out what changes the schema; a kill could halve that."""
    connection.exec_driver_sql("BEGIN")


def _upgrade(connection: Connection, file: Path) -> None:
    found = _revision(connection)
    if found == HEAD:
        return
    if found is None and inspect(connection).get_table_names():
        raise _foreign(file, "it has no tables of ours")
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except OperationalError:
        raise
    except Exception as error:
        raise _other_version(str(error)) from error


def _check(connection: Connection, file: Path) -> None:
    found = _revision(connection)
    if found is None:
        if not inspect(connection).get_table_names():
            raise no_workspace(file.parent)
        raise _foreign(file, "it has no tables of ours")
    if found != HEAD:
        raise _other_version(f"its schema is {found}, ours is {HEAD}")


def _other_version(why: str) -> StoreError:
    return StoreError(
        f"the workspace was written by another version of pioneer: {why}",
        hint="use that version, or another --workspace",
    )


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
