"""The SQL engine of a workspace: SQLite in WAL mode, brought to the newest schema."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from pioneer.errors import StoreError

HEAD = "0001"
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
        raise StoreError(*_database_message(error, place)) from error


def disk_error(error: OSError, place: Path) -> StoreError:
    if error.errno == errno.ENOSPC:
        return StoreError(
            f"the disk is full: cannot write under {place}",
            hint="free some space, then `pioneer runs resume` goes on where it stopped",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreError(f"no permission to write under {place}", hint="choose --workspace DIR")
    return StoreError(f"cannot use {place}: {error.strerror or error}")


def _database_message(error: Exception, place: Path) -> tuple[str]:
    cause = str(getattr(error, "orig", error))
    if "disk is full" in cause or "disk I/O" in cause:
        return (f"the disk is full: cannot write under {place}; free some space, then resume",)
    if "readonly" in cause or "unable to open" in cause:
        return (f"no permission to write under {place}; choose --workspace DIR",)
    if "not a database" in cause or "malformed" in cause:
        return (f"{place} holds a file that is no pioneer database: {cause}",)
    return (f"the database under {place} failed: {cause}",)


def open_engine(file: Path, *, read_only: bool = False) -> Engine:
    """An engine on `file`. Creates or upgrades the schema unless read-only."""
    mode = "?mode=ro&uri=true" if read_only else ""
    url = f"sqlite:///file:{file}{mode}" if read_only else f"sqlite:///{file}"
    engine = create_engine(url, connect_args={"timeout": 30})
    event.listen(engine, "connect", _pragmas_read if read_only else _pragmas_write)
    if not read_only:
        with engine.begin() as connection:
            _upgrade(connection)
    return engine


def _pragmas_write(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _pragmas_read(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only=ON")


def _upgrade(connection: Connection) -> None:
    if _revision(connection) == HEAD:
        return
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
        raise StoreError(
            f"the workspace was written by another version of pioneer: {error}",
            hint="use that version, or another --workspace",
        ) from error


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
