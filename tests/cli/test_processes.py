"""What only a process shows: interrupts, locks, pipes, encodings."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

import pytest

from tests.cli.shell import QUICK, TASK, begin, call, command, end, error_of, jsonl, write
from tests.loop.helpers import rows

pytestmark = pytest.mark.slow

SAME = ("recipe_hash", "data_hash", "scores", "trials", "baselines", "decision", "version")


def start(data: Path, workspace: Path) -> list[object]:
    return ["cold-start", TASK, "--data", data, *QUICK, "--workspace", workspace, "--json"]


def heard(process: subprocess.Popen[str], word: str) -> None:
    """Read standard error up to a line with the word."""
    stream = process.stderr
    assert stream is not None
    for line in stream:
        if word in line:
            return
    raise AssertionError(f"the process ended before it said {word!r}")


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What the uninterrupted run prints. It has no terminal, and asks for none."""
    place = tmp_path_factory.mktemp("whole") / "w"
    ended = end(begin(*start(data, place), stdin=subprocess.DEVNULL))
    assert ended.code == 0, ended.err
    document: dict[str, object] = ended.document
    return document


def interrupted(process: subprocess.Popen[str], workspace: Path) -> None:
    """Ctrl-C, and what is left: an open run, and no version."""
    os.killpg(process.pid, signal.SIGINT)
    error = error_of(end(process, seconds=60), code=130)
    assert error["type"] == "Interrupted"
    assert "runs resume" in error["hint"]
    (run,) = call("runs", "list", "--workspace", workspace, "--json").document
    assert run["status"] == "running"
    assert call("models", "list", "--workspace", workspace, "--json").document == []


def resumed(workspace: Path, whole: dict[str, object]) -> None:
    told = call("runs", "resume", "--workspace", workspace, "--json").document
    assert {key: told[key] for key in SAME} == {key: whole[key] for key in SAME}


def test_an_interrupted_run_can_be_gone_on_with(
    data: Path, tmp_path: Path, whole: dict[str, object]
) -> None:
    process = begin(*start(data, tmp_path / "w"))
    heard(process, "trial 0:")
    interrupted(process, tmp_path / "w")
    resumed(tmp_path / "w", whole)


def test_one_writer_at_a_time(data: Path, tmp_path: Path, whole: dict[str, object]) -> None:
    workspace = tmp_path / "w"
    process = begin(*start(data, workspace))
    heard(process, "data:")
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        common = ("--workspace", workspace, "--json")
        for arguments in (
            start(data, workspace),
            ["runs", "resume", *common],
            ["runs", "prune", *common],
            ["models", "rollback", "m", *common],
        ):
            error = error_of(call(*arguments))
            assert error["type"] == "LockedError"
            assert f"process {process.pid}" in error["message"]
            assert "--workspace" in error["hint"]
        for verb in ("models", "runs"):
            assert call(verb, "list", *common).code == 0
    finally:
        os.killpg(process.pid, signal.SIGCONT)
    interrupted(process, workspace)
    resumed(workspace, whole)


def test_an_interrupted_answer_says_so(trained: Path) -> None:
    process = begin("predict", "m", "--workspace", trained)
    assert process.stdin is not None
    process.stdin.write("rain\n" * 512)
    process.stdin.flush()
    assert process.stdout is not None
    assert process.stdout.readline().startswith('{"output"')
    os.killpg(process.pid, signal.SIGINT)
    ended = end(process, seconds=20)
    assert (ended.code, ended.err) == (130, "error: interrupted\n")


def test_a_killed_writer_leaves_no_lock(data: Path, tmp_path: Path) -> None:
    process = begin(*start(data, tmp_path / "w"))
    heard(process, "data:")
    os.killpg(process.pid, signal.SIGKILL)
    end(process)
    common = ("--workspace", tmp_path / "w", "--json")
    assert call("runs", "resume", *common).document["decision"] == "promoted"


def _first_line(stream: IO[str] | None) -> str:
    assert stream is not None
    line = stream.readline()
    stream.close()
    return line


def test_a_reader_that_goes_away_is_no_error(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "in").write_text("rain\n" * 60_000)
    process = begin("predict", "m", "--workspace", trained, "--input", tmp_path / "in")
    assert _first_line(process.stdout).startswith('{"output"')
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(30) in (0, 1, -signal.SIGPIPE)
    process.stderr.close()
    if process.stdin:
        process.stdin.close()


def test_head_ends_a_pipe_silently(trained: Path) -> None:
    asked = subprocess.list2cmdline(command("predict", "m", "--workspace", trained))
    script = f"yes rain | head -20000 | {asked} | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def test_closed_standard_streams(trained: Path) -> None:
    asked = subprocess.list2cmdline(command("models", "list", "--workspace", trained))
    for closed in (">&-", ">&- 2>&- <&-"):
        done = subprocess.run(
            ["bash", "-c", f"{asked} {closed}"], capture_output=True, text=True, timeout=60
        )
        assert "Traceback" not in done.stderr, closed
        assert done.returncode in (0, 1)


def test_a_full_standard_output(trained: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("models", "list", "--workspace", trained, "--json"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot write to standard output")
    assert len(done.stderr.splitlines()) == 1


def test_answers_are_utf8_whatever_the_locale(tmp_path: Path) -> None:
    found = [{**row, "label": f"größe {row['label']} 😀"} for row in rows("classification")]
    folder = write(tmp_path / "data", all__jsonl=jsonl(found))
    assert call(*start(folder, tmp_path / "w")).code == 0
    latin = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0", "LC_ALL": "C"}
    common = ("--workspace", tmp_path / "w")
    answers = end(begin("predict", "m", *common, env=latin), "ein größeres Stück\n")
    assert answers.code == 0, answers.err
    assert answers.lines[0]["output"].startswith("größe")
    for arguments in (["models", "show", "m"], ["evaluate", "m", "--data", folder]):
        shown = end(begin(*arguments, *common, env=latin))
        assert shown.code == 0, shown.err
        assert "food" in shown.out


def test_arguments_that_are_not_utf8(data: Path, tmp_path: Path) -> None:
    bad = os.fsdecode(b"caf\xe9")
    for arguments in (
        ["cold-start", bad, "--data", data],
        ["cold-start", TASK, "--data", tmp_path / bad],
        ["cold-start", TASK, "--data", data, "--labels", bad],
        ["cold-start", TASK, "--data", data, "--map", f"text={bad}"],
        ["cold-start", TASK, "--data", data, "--metric", f"recall:{bad}"],
        ["cold-start", TASK, "--data", data, "--name", bad],
        ["cold-start", TASK, "--data", data, "--kind", bad],
        ["cold-start", TASK, "--data", data, "--base", bad],
        ["cold-start", TASK, "--data", data, "--budget", bad],
        ["models", "show", bad],
        ["runs", "show", bad],
        ["bases", "pull", bad],
    ):
        ended = call(*arguments, "--workspace", tmp_path / "w", "--json")
        error_of(ended)
    assert not (tmp_path / "w").exists()


def test_a_workspace_whose_name_is_not_utf8(data: Path, tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"caf\xe9")
    for arguments in (start(data, place), ["models", "list", "--workspace", place, "--json"]):
        assert "the path is not UTF-8" in error_of(call(*arguments))["message"]
    assert list(tmp_path.iterdir()) == []
    for name in ("größe 👨‍👩‍👧", "two\nlines", "100%", "a?b#c;d"):
        assert call(*start(data, tmp_path / name)).code == 0
        assert call("predict", "m", "--workspace", tmp_path / name, stdin="rain").code == 0


def test_the_clock_bounds_a_run(data: Path, tmp_path: Path) -> None:
    began = time.monotonic()
    base = ("--base", "fake", "--name", "m", "--workspace", tmp_path / "w", "--json")
    ended = call("cold-start", TASK, "--data", data, *base, "--budget", "10s", "--target", "1")
    assert ended.code == 0, ended.err
    assert time.monotonic() - began < 20
