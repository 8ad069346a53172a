"""What the machine refuses: a full disk, a folder that may not be written or read."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.shell import QUICK, TASK, Ended, begin, call, end, error_of

pytestmark = pytest.mark.slow

root_only = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root mounts disks, or acts as others"
)
NOBODY = 65534
SAME = ("recipe_hash", "data_hash", "scores", "trials", "baselines", "decision", "version")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(place)]
    made = subprocess.run(mount, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)  # nothing may still be open


def start(data: Path, workspace: Path) -> list[object]:
    return ["cold-start", TASK, "--data", data, *QUICK, "--workspace", workspace, "--json"]


def fill(place: Path, leave: int) -> Path:
    """A file that takes all room but so many bytes."""
    free = shutil.disk_usage(place).free - leave
    ballast = place / "ballast"
    ballast.write_bytes(b"x" * max(free, 0))
    return ballast


@root_only
@pytest.mark.parametrize("share", [0.4, 0.55, 0.7, 0.85])
def test_a_full_disk_leaves_a_run_that_can_be_gone_on_with(
    small_disk: Path, data: Path, share: float
) -> None:
    workspace = small_disk / "w"
    whole = call(*start(data, workspace)).document
    needed = shutil.disk_usage(small_disk).used
    shutil.rmtree(workspace)
    ballast = fill(small_disk, round(share * needed))
    error = error_of(call(*start(data, workspace)))
    assert error["type"] in ("StoreError", "ReportError")
    assert "full" in error["message"] or "No space" in error["message"]
    assert str(workspace) in error["message"] or str(workspace) in (error["file"] or "")
    assert "runs resume" in error["hint"] or "space" in error["hint"]
    ballast.unlink()
    common = ("--workspace", workspace, "--json")
    assert call("models", "list", *common).document == []
    (run,) = call("runs", "list", *common).document
    assert run["status"] == "running"
    told = call("runs", "resume", *common).document
    assert {key: told[key] for key in SAME} == {key: whole[key] for key in SAME}


@root_only
def test_a_full_disk_in_a_worker_is_told_as_such(small_disk: Path, data: Path) -> None:
    ballast = fill(small_disk, 450_000)
    error = error_of(end(begin(*start(data, small_disk / "w"))))
    assert "full" in error["message"]
    ballast.unlink()
    told = call("runs", "resume", "--workspace", small_disk / "w", "--json").document
    assert told["decision"] == "promoted"


@root_only
def test_a_disk_with_no_room_at_all(small_disk: Path, data: Path) -> None:
    fill(small_disk, 0)
    error = error_of(call(*start(data, small_disk / "w")))
    assert error["type"] == "StoreError"


@root_only
def test_an_output_on_a_full_disk(small_disk: Path, trained: Path) -> None:
    fill(small_disk, 0)
    common = ("--workspace", trained, "--json")
    out = small_disk / "out"
    error = error_of(call("predict", "m", *common, "--output", out, stdin="rain\n" * 9000))
    assert "full" in error["message"]
    error = error_of(call("models", "export", "m", *common, "--output", small_disk / "e"))
    assert "full" in error["message"]
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that others can reach (pytest's own cannot be), with a home that is theirs."""
    place = Path(tempfile.mkdtemp(prefix="pioneer-tests-"))
    place.chmod(0o755)
    (place / "home").mkdir()
    os.chown(place / "home", NOBODY, NOBODY)
    yield place
    shutil.rmtree(place)


@contextmanager
def nobody() -> Iterator[None]:
    """This process as a user who may write nothing that is not theirs."""
    os.setresgid(NOBODY, NOBODY, 0)
    groups = os.getgroups()
    os.setgroups([])
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(groups)


def as_nobody(*arguments: object, stdin: str = "") -> Ended:
    with nobody():
        return call(*arguments, stdin=stdin)


def readable(source: Path, copy: Path) -> Path:
    """A copy that all may read, and only its owner may write."""
    shutil.copytree(source, copy)
    subprocess.run(["chmod", "-R", "go+rX,go-w", str(copy)], check=True)
    return copy


def _load_all(workspace: Path, data: Path) -> None:
    """Import what the commands need: another user may not reach this installation."""
    common = ("--workspace", workspace, "--json")
    call("models", "promote", "m@1", *common)
    call("runs", "resume", *common)
    call("evaluate", "m", "--data", data, *common)
    call("models", "export", "m", *common, "--output", workspace / "export")
    call("predict", "m", *common, "--output", workspace / "answers")


@root_only
def test_a_user_without_permission(open_folder: Path, trained: Path, data: Path) -> None:
    workspace = readable(trained, open_folder / "w")
    mine = readable(data, open_folder / "data")
    _load_all(readable(trained, open_folder / "warm"), mine)
    before = sorted(workspace.rglob("*"))
    for arguments in (
        start(mine, workspace),
        ["models", "promote", "m@1", "--workspace", workspace, "--json"],
        ["runs", "resume", "--workspace", workspace, "--json"],
    ):
        error = error_of(as_nobody(*arguments))
        assert error["type"] == "StoreError"
        assert "no permission" in error["message"]
        assert str(workspace) in error["message"]
        assert error["hint"]
    error = error_of(as_nobody(*start(mine, open_folder / "new")))
    assert "no permission" in error["message"]
    assert not (open_folder / "new").exists()
    reading = ("--workspace", workspace, "--json")
    assert len(as_nobody("models", "list", *reading).document) == 2
    assert len(as_nobody("predict", "m", *reading, stdin="rain\n").lines) == 1
    assert as_nobody("evaluate", "m", "--data", mine, *reading).document["n"] == 90
    for refused in (
        as_nobody("predict", "m", *reading, "--output", open_folder / "out", stdin="rain\n"),
        as_nobody("models", "export", "m", *reading, "--output", open_folder / "out"),
    ):
        assert "no permission" in error_of(refused)["message"]
    assert sorted(workspace.rglob("*")) == before
    assert not (open_folder / "out").exists()


@root_only
def test_data_that_may_not_be_read(open_folder: Path, trained: Path, data: Path) -> None:
    workspace = open_folder / "home" / "w"
    mine = readable(data, open_folder / "data")
    (mine / "notes.txt").write_text("ignored")
    for name in ("all.jsonl", "notes.txt"):
        (mine / name).chmod(0o600)
    error = error_of(as_nobody(*start(mine, workspace)))
    assert "Permission denied" in error["message"]
    assert error["file"] == str(mine / "all.jsonl")
    (mine / "all.jsonl").chmod(0o644)
    ended = as_nobody(*start(mine, workspace))
    assert ended.document["decision"] == "promoted"
