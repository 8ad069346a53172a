"""The command as a user meets it: as a process, or (faster) in this process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from pioneer.cli.main import app

TASK = "classify short texts by topic"
QUICK = ("--base", "fake", "--max-trials", "2", "--name", "m")
ERROR_KEYS = {"type", "message", "file", "row", "hint"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output; anything more or less is an error."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def last(self) -> str:
        return self.err.rstrip("\n").rpartition("\n")[2]


def call(*arguments: object, stdin: bytes | str = b"") -> Ended:
    """A command in this process."""
    done = CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ended(done.exit_code, done.stdout, done.stderr)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "pioneer.cli.main", *(str(each) for each in arguments)]


def begin(
    *arguments: object, env: Mapping[str, str] | None = None, **options: Any
) -> subprocess.Popen[str]:
    """A command as a process in a group of its own."""
    return subprocess.Popen(
        command(*arguments),
        stdin=options.pop("stdin", subprocess.PIPE),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="surrogateescape",
        start_new_session=True,
        env={**os.environ, **(env or {})},
        preexec_fn=options.pop("preexec_fn", _heed_interrupts),
        **options,
    )


def _heed_interrupts() -> None:
    """A test run that was started in the background ignores them, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def end(process: subprocess.Popen[str], stdin: str | None = None, seconds: float = 120) -> Ended:
    try:
        out, err = process.communicate(stdin, timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Ended(process.returncode, out, err)


def cold_start(data: Path, workspace: Path, *options: object, task: str = TASK) -> Ended:
    """A run on the fake base, in this process, with --json."""
    common = ("--data", data, *QUICK, "--workspace", workspace, "--json")
    return call("cold-start", task, *common, *options)


def error_of(ended: Ended, code: int = 1) -> dict[str, Any]:
    """The refusal: one document, one last line that says the same, no traceback."""
    assert ended.code == code, ended
    document = ended.document
    assert set(document) == {"error"}
    error: dict[str, Any] = document["error"]
    assert set(error) == ERROR_KEYS
    assert error["type"] != "InternalError", error
    assert "Traceback" not in ended.err
    assert ended.last.startswith("error: ")
    for part in (error["message"], error["hint"], error["file"]):
        assert " ".join((part or "").split()) in ended.last
    if error["row"] is not None:
        assert f"{error['file']}:{error['row']}: " in ended.last
    return error


def nothing_registered(workspace: Path) -> None:
    """No version, and every run that began is closed as failed."""
    common = ("--workspace", workspace, "--json")
    assert call("models", "list", *common).document == []
    runs = call("runs", "list", *common).document
    assert runs
    assert {(run["status"], run["decision"]) for run in runs} == {("failed", "failed")}


def write(folder: Path, **files: bytes | str) -> Path:
    """A data folder; file names with '__' for '.'."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / name.replace("__", ".")).write_bytes(raw)
    return folder


def jsonl(rows: Iterable[Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)
