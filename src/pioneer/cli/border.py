"""Where errors become one line and an exit code, and results become one JSON document."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import typer

from pioneer.errors import PioneerError, StoreError

REFUSED = 1
INTERRUPTED = 130


@contextmanager
def border(as_json: bool, workspace: Path | None = None) -> Iterator[None]:
    """Turn every error into its exit code: 1 with one clear line, 130 when interrupted."""
    try:
        yield
    except PioneerError as error:
        _refuse(error, as_json)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away; Python would complain once more at exit
        raise typer.Exit(REFUSED) from None
    except OSError as error:
        from pioneer.store.engine import disk_error

        place = Path(error.filename) if isinstance(error.filename, str) else workspace
        _refuse(disk_error(error, place or Path.cwd()), as_json)
    except MemoryError:
        _refuse(StoreError("out of memory", hint="close other programs or use less data"), as_json)
    except KeyboardInterrupt:
        print("interrupted; `pioneer runs resume` goes on where it stopped", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def _refuse(error: PioneerError, as_json: bool) -> NoReturn:
    if as_json:
        print_json(
            {
                "error": {
                    "type": type(error).__name__,
                    "message": error.message,
                    "file": error.file,
                    "row": error.row,
                    "hint": error.hint,
                }
            }
        )
    print(f"error: {error}", file=sys.stderr)
    raise typer.Exit(REFUSED) from error


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    json.dump(document, sys.stdout, ensure_ascii=True, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()
