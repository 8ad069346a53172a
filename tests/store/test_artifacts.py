"""Artefacts: whole or not at all, named by content, safe for several writers."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pioneer.errors import StoreError
from pioneer.store.artifacts import Artifacts, folder_hash, size_of
from pioneer.store.workspace import open_workspace

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=12)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
trees = st.dictionaries(st.sampled_from(["a", "b", "c/a", "c/b", "d/e/f"]), st.binary(max_size=40))
shared_place = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def store(tmp_path: Path) -> Artifacts:
    return Artifacts(tmp_path / "artifacts")


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def put(store: Artifacts, files: Mapping[str, bytes]) -> str:
    with store.staging() as folder:
        write(folder, files)
        return store.put_folder(folder)


def read(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def leftovers(store: Artifacts) -> list[Path]:
    return list((store.root / "tmp").glob("*"))


def stored(store: Artifacts) -> list[Path]:
    return [path for path in store.root.glob("??/*") if len(path.name) == 64]


@shared_place
@given(value=values)
def test_json_comes_back_and_is_named_by_its_content(store: Artifacts, value: Any) -> None:
    digest = store.put_json(value)
    assert store.get_json(digest) == json.loads(json.dumps(value))
    before = len(stored(store))
    assert store.put_json(_turned(value)) == digest
    assert len(stored(store)) == before
    assert not leftovers(store)


def _turned(value: Any) -> Any:
    """The same JSON value with the keys of its objects the other way round."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


@shared_place
@given(one=trees, other=trees)
def test_folders_come_back_and_are_equal_if_their_files_are(
    store: Artifacts, one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    first, second = put(store, one), put(store, other)
    assert read(store.folder(first)) == one
    assert read(store.folder(second)) == other
    assert (first == second) == (one == other)
    assert put(store, dict(reversed(one.items()))) == first
    assert not leftovers(store)


def test_what_is_not_there_is_missing(store: Artifacts) -> None:
    for ask in (store.get_json, store.folder):
        with pytest.raises(StoreError, match=r"artefact 0000000000.. is missing from .*restore"):
            ask("0" * 64)
    assert store.remove("0" * 64) == 0


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [_cut, _flip, lambda file: file.write_bytes(b"")])
def test_damaged_json_is_refused_and_healed_by_putting_it_again(
    store: Artifacts, damage: Callable[[Path], Any]
) -> None:
    value = {"rows": list(range(50))}
    digest = store.put_json(value)
    damage(store.path(digest))
    with pytest.raises(StoreError, match="the artefact is damaged") as refused:
        store.get_json(digest)
    assert str(store.path(digest)) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert store.put_json(value) == digest
    assert store.get_json(digest) == value


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: _cut(folder / "weights"),
        lambda folder: _flip(folder / "sub/card"),
        lambda folder: (folder / "weights").unlink(),
        lambda folder: (folder / "extra").write_text("x"),
        lambda folder: (folder / "weights").rename(folder / "other"),
    ],
    ids=["cut", "flipped", "missing file", "further file", "renamed file"],
)
def test_a_damaged_folder_is_refused_and_healed_by_putting_it_again(
    store: Artifacts, damage: Callable[[Path], Any]
) -> None:
    files = {"weights": b"0123456789", "sub/card": b"{}x"}
    digest = put(store, files)
    damage(store.path(digest))
    with pytest.raises(StoreError, match="the artefact is damaged"):
        store.folder(digest)
    assert put(store, files) == digest
    assert read(store.folder(digest)) == files
    assert not leftovers(store)


def test_removing_tells_what_it_freed(store: Artifacts) -> None:
    digest = put(store, {"a": b"12345", "b/c": b"123"})
    assert size_of(store.path(digest)) == 8
    assert store.remove(digest) == 8
    assert not store.has(digest)


def test_an_artefact_is_as_open_as_the_folder_of_all(store: Artifacts) -> None:
    """Drafts are private; a reader who is another user needs the result."""
    store.root.mkdir()
    store.root.chmod(0o750)
    digest = put(store, {"a": b"1", "b/c": b"2"})
    folder = store.path(digest)
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "b")] == [0o750, 0o750]
    assert [path.stat().st_mode & 0o777 for path in (folder / "a", folder / "b/c")] == [0o640] * 2


def test_a_folder_that_another_writer_names_while_one_looks_is_taken(
    store: Artifacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = put(store, {"a": b"1"})
    store.remove(digest)
    real, place = os.stat, str(store.path(digest))

    def too_early(path: Any, *args: Any, **options: Any) -> os.stat_result:
        if str(path) != place:
            return real(path, *args, **options)
        monkeypatch.undo()
        put(store, {"a": b"1"})
        raise FileNotFoundError(errno.ENOENT, "nothing there yet", place)

    monkeypatch.setattr(os, "stat", too_early)
    assert put(store, {"a": b"1"}) == digest
    assert os.stat is real, "nobody looked"
    assert read(store.folder(digest)) == {"a": b"1"}


def _write_all(root: str, number: int) -> list[str]:
    """In a process of its own: the same contents as every other writer, in another order."""
    store = Artifacts(Path(root))
    todo = list(range(25))
    random.Random(number).shuffle(todo)
    made = {}
    for item in todo:
        made[item] = put(store, {"a": bytes([item]) * 3000, f"b/{item}": b"x"})
        made[100 + item] = store.put_json({"item": item})
    return [made[key] for key in sorted(made)]


def test_several_writers_of_the_same_content_agree(store: Artifacts) -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_write_all, str(store.root), number) for number in range(3)]
        while not all(future.done() for future in futures):
            for place in stored(store):  # a name that is seen is whole, and stays
                assert _whole(store, place)
        first, *others = (future.result() for future in futures)
    assert all(other == first for other in others)
    assert sorted(place.name for place in stored(store)) == sorted(first)
    assert not leftovers(store)


def _whole(store: Artifacts, place: Path) -> bool:
    if place.is_dir():
        return folder_hash(place) == place.name
    return store.get_json(place.name) is not None


_ENDLESS = """
import sys
from pathlib import Path
from pioneer.store.artifacts import Artifacts
store, number = Artifacts(Path(sys.argv[1]) / "artifacts"), int(sys.argv[2])
while True:
    number += 1
    with store.staging() as folder:
        for name in ("a", "b"):
            (folder / name).write_bytes(str(number).encode() * 60_000)
        store.put_folder(folder)
    print(store.put_json({"n": number, "text": "x" * 100_000}), flush=True)
"""


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_leaves_only_whole_artefacts(tmp_path: Path) -> None:
    with open_workspace(tmp_path, write=True) as workspace:
        store = workspace.artifacts
    rng = random.Random(7)
    promised: list[str] = []
    left = 0
    for life in range(6):
        command = [sys.executable, "-c", _ENDLESS, str(tmp_path), str(life * 100_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            promised.append(writer.stdout.readline().strip())
            time.sleep(rng.uniform(0.0, 0.1))
            writer.send_signal(signal.SIGKILL)
            promised += writer.stdout.read().split()
        left += len(leftovers(store))
    assert left  # some kill fell between draft and name
    assert all(_whole(store, place) for place in stored(store))
    assert all(store.has(digest) for digest in promised if len(digest) == 64)
    with open_workspace(tmp_path, write=False):
        assert leftovers(store)  # a reader may be beside a writer, and cleans nothing up
    with open_workspace(tmp_path, write=True):
        assert not leftovers(store)
