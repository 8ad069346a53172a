"""A process that talks to a hub: its libraries read where the hub is when they are imported.

`with Client(hub.url, home) as client: client.ask("load", name="ORG/NAME")`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pioneer import errors
from pioneer.errors import PioneerError

_THEIRS = re.compile("HF_|HUGGING|TRANSFORMERS_|.*_PROXY$", re.IGNORECASE)
"""Variables that tell the libraries where to go."""

ROOT = Path(__file__).parents[2]


def environment(url: str, home: Path, **more: str) -> dict[str, str]:
    """The variables of a process that takes `url` for the hub and keeps everything under `home`.

    Whatever it asks of other hosts is asked of `url` too, as a CONNECT.
    """
    own = {name: value for name, value in os.environ.items() if not _THEIRS.match(name)}
    own |= {"HF_ENDPOINT": url, "HF_HOME": str(home), "PIONEER_CACHE": str(home / "pioneer")}
    own |= {"HTTPS_PROXY": url, "NO_PROXY": "127.0.0.1", "PYTHONPATH": str(ROOT)}
    return own | more


class Client:
    """Raises the PioneerError that the process met."""

    def __init__(self, url: str, home: Path, **variables: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        with (home / "client.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.data.hub_client"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env=environment(url, home, **variables),
            )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
        assert process.returncode == 0

    def ask(self, do: str, **arguments: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do} | arguments) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the client died"
        said = json.loads(line)
        if "error" not in said:
            return said["answer"]
        kind = getattr(errors, said["error"].pop("type"))
        raise kind(said["error"].pop("message"), **said["error"])


def _raw(raw: Any) -> dict[str, Any]:
    parts = {part: [dict(row.fields) for row in rows] for part, rows in raw.parts.items()}
    files = sorted({row.file for row in raw.rows()})
    return {"source": raw.source, "parts": parts, "ignored": raw.ignored, "files": files}


def _load(name: str) -> dict[str, Any]:
    from pioneer.data import hub

    return _raw(hub.load(name))


def _find(description: str, kind: str | None = None) -> dict[str, Any]:
    from pioneer.data import hubsearch
    from pioneer.records import Kind

    found = hubsearch.find(description, Kind(kind) if kind else None, lambda _said, _passages: None)
    return _raw(found.raw) | {"title": found.title, "why": found.why, "licence": found.licence}


def _base(name: str) -> dict[str, Any]:
    from pioneer.bases import resolve
    from pioneer.records import dump

    found: dict[str, Any] = dump(resolve(name))
    return found


def _patience(seconds: float) -> None:
    from pioneer.bases import patience

    patience.PATIENCE = seconds


def _locate(description: str, data: list[str]) -> dict[str, Any]:
    from pioneer.data.acquire import Wanted, locate
    from pioneer.records import dump

    found: dict[str, Any] = dump(locate(Wanted(description, tuple(data))))
    return found


def _acquire(place: dict[str, Any]) -> dict[str, Any]:
    from pioneer.data.acquire import Place, acquire
    from pioneer.records import load

    return _raw(acquire(load(Place, place)).raw)


_CALLS: dict[str, Callable[..., Any]] = {
    "load": _load,
    "find": _find,
    "base": _base,
    "patience": _patience,
    "locate": _locate,
    "acquire": _acquire,
}


def _serve() -> None:
    with os.fdopen(os.dup(1), "w") as out:
        os.dup2(2, 1)  # what libraries print is no answer
        for line in sys.stdin:
            out.write(json.dumps(_said(json.loads(line))) + "\n")
            out.flush()


def _said(asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": _CALLS[asked.pop("do")](**asked)}
    except PioneerError as error:
        told = {"message": error.message, "file": error.file, "row": error.row}
        return {"error": {"type": type(error).__name__, "hint": error.hint} | told}


if __name__ == "__main__":
    _serve()
