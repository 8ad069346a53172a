"""A workspace: one writer, any number of readers, and clear refusals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pioneer.errors import LockedError, StoreError
from pioneer.store.workspace import open_workspace
from tests.loop.helpers import fake_request, folder, run

_HOLDER = """
import subprocess, sys, time
from pathlib import Path
from pioneer.store.workspace import open_workspace
with open_workspace(Path(sys.argv[1]), write=True):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print(child.pid, flush=True)
    time.sleep(60)
"""


def refusal(root: Path, *, write: bool, create: bool = True) -> str:
    """The one line with which opening is refused."""
    with pytest.raises(StoreError) as refused, open_workspace(root, write=write, create=create):
        pytest.fail("opened")
    line = str(refused.value)
    assert "\n" not in line
    return line


def test_a_second_writer_is_refused_and_readers_are_not(tmp_path: Path) -> None:
    with open_workspace(tmp_path, write=True):
        with (
            pytest.raises(LockedError, match=f"process {os.getpid()}.* is writing to") as refused,
            open_workspace(tmp_path, write=True),
        ):
            pytest.fail("opened")
        assert "wait until it ends" in str(refused.value)
        with open_workspace(tmp_path, write=False), open_workspace(tmp_path, write=False):
            pass
    with open_workspace(tmp_path, write=True):
        pass


def test_the_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), open_workspace(tmp_path, write=True):
        raise KeyError
    with open_workspace(tmp_path, write=True):
        pass


@pytest.mark.slow
def test_kill_9_frees_the_lock_though_a_child_lives_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        try:
            with (
                pytest.raises(LockedError, match=f"process {holder.pid}"),
                open_workspace(tmp_path, write=True),
            ):
                pytest.fail("opened")
            holder.send_signal(signal.SIGKILL)
            holder.wait()
            os.kill(child, 0)
            with open_workspace(tmp_path, write=True):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


def test_refusals_say_where_and_the_way_out(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    for line in (refusal(nowhere, write=False), refusal(nowhere, write=True, create=False)):
        assert f"there is no workspace at {nowhere}" in line
        assert "`pioneer cold-start` makes one" in line
    assert not nowhere.exists()
    (tmp_path / "file").write_text("x")
    assert "is a file, not a workspace" in refusal(tmp_path / "file", write=True)
    assert "is a file, not a workspace" in refusal(tmp_path / "file", write=False)
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "pioneer.db").touch()  # as a process killed at its very start leaves it
    assert "there is no workspace" in refusal(empty, write=False)
    with open_workspace(empty, write=True, create=False):
        pass


@pytest.fixture
def foreign_owned() -> Iterator[Path]:
    """A folder that every user may read and no other user may write."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    yield place
    for each in (place, *(path for path in place.rglob("*") if path.is_dir())):
        each.chmod(0o755)
    shutil.rmtree(place)


_ASKS = """
import json, os, sys
from pathlib import Path
from pioneer import api
from pioneer.errors import PioneerError
root, data = Path(sys.argv[1]), sys.argv[2]
readings = [
    lambda: api.list_models(root)[0]["version"],
    lambda: api.list_runs(root)[0]["status"],
    lambda: api.show_model("m", root)["promotions"][0]["how"],
    lambda: api.load("m", workspace=root)(["a rain cloud"])[0].output,
    lambda: api.evaluate("m", data, root)["overlap"],
    lambda: [line["ok"] for line in api.doctor(root)["checks"][-2:]],
    lambda: api.prune(root),
    lambda: api.rollback_model("m", root, reason=""),
]
def told(reading):
    try:
        return str(reading())
    except PioneerError as error:
        return str(error)
for reading in readings[:6]:  # load what another user may not read
    told(reading)
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
print(json.dumps([told(reading) for reading in readings]))
"""


@pytest.mark.slow
def test_an_unprivileged_user_may_read_and_is_told_that_he_may_not_write(
    foreign_owned: Path,
) -> None:
    root, data = foreign_owned / "w", folder(foreign_owned / "d", "classification")
    run(root, fake_request(data, "classification"))
    if os.geteuid() != 0:
        for path in (*root.rglob("*"), root):
            path.chmod(path.stat().st_mode & ~0o222)
    command = [sys.executable, "-c", _ASKS, str(root), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    refused = [f"no permission for {root}/lock (change its permissions, or choose another place)"]
    expected = ["1", "finished", "first", "weather", "90", "[True, True]", *(refused * 2)]
    assert json.loads(done.stdout) == expected
