"""Where errors become one line and an exit code, and results become one JSON document."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import typer

from pioneer.cli.tables import visible
from pioneer.errors import InternalError, PioneerError, StoreError

REFUSED = 1
INTERRUPTED = 130

_TRACEBACK = "PIONEER_TRACEBACK"


@contextmanager
def border(
    as_json: bool, workspace: Path | None = None, *, resumable: bool = False
) -> Iterator[None]:
    """Turn every error into its exit code: 1 with one clear line, 130 when interrupted.

    `resumable` says that an interrupted command can be gone on with.
    """
    try:
        yield
    except (typer.Exit, typer.Abort, typer.TyperException):
        raise
    except PioneerError as error:
        _refuse(error, as_json)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise  # the reader went away: typer ends without a word
        from pioneer.store.engine import disk_error

        _refuse(disk_error(error, workspace or Path.cwd()), as_json)
    except MemoryError:
        _refuse(StoreError("out of memory", hint="close other programs or use less data"), as_json)
    except KeyboardInterrupt:
        exec("")  # noqa: S102 - makes Python forget an interrupt inside exec: it would die of it
        way = "`pioneer runs resume` goes on where it stopped" if resumable else None
        _end("Interrupted", PioneerError("interrupted", hint=way), as_json, INTERRUPTED)
    except Exception as error:
        _refuse(_fault(error), as_json)


def error_document(error: PioneerError, kind: str | None = None) -> dict[str, Any]:
    """What `--json` prints for an error."""
    told = {"message": error.message, "file": error.file, "row": error.row, "hint": error.hint}
    return {"error": {"type": kind or type(error).__name__} | told}


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    print_line(json.dumps(document, ensure_ascii=True, indent=2, allow_nan=False))


def print_line(line: str) -> None:
    """A line on standard output. Raises StoreError where it cannot be written."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _mute()
        raise StoreError(f"cannot write to standard output: {error.strerror or error}") from error


def _refuse(error: PioneerError, as_json: bool) -> NoReturn:
    _end(type(error).__name__, error, as_json, REFUSED)


def _end(kind: str, error: PioneerError, as_json: bool, code: int) -> NoReturn:
    if as_json:
        with suppress(StoreError):
            print_line(json.dumps(error_document(error, kind)))
    print(visible(f"error: {error}"), file=sys.stderr)
    raise typer.Exit(code) from error


def _fault(error: Exception) -> InternalError:
    """What nobody foresaw. Its traceback is for those who ask."""
    if os.environ.get(_TRACEBACK):
        import traceback

        traceback.print_exc()
    return InternalError(
        f"a fault in pioneer: {type(error).__name__}: {error}",
        hint=f"please report it; {_TRACEBACK}=1 shows where",
    )


def _mute() -> None:
    """What is still buffered goes nowhere, or Python would complain once more at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
