"""A workspace with a model, and an executor that works in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pioneer.execution.inline import inline_executor
from pioneer.execution.job import Executor
from pioneer.loop import room
from tests.cli.shell import cold_start, jsonl, write
from tests.loop.helpers import rows


@contextmanager
def _in_this_process(workers: int, log: Path) -> Iterator[Executor]:
    log.parent.mkdir(parents=True, exist_ok=True)
    yield inline_executor


@pytest.fixture(scope="session", autouse=True)
def _inline() -> Iterator[None]:
    """Commands that are called in this process train in it too; real processes do as always."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "local_executor", _in_this_process)
        yield


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety good rows."""
    return write(tmp_path_factory.mktemp("data"), all__jsonl=jsonl(rows("classification")))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Path:
    """A workspace that serves m@1 and holds m@2, for which there is not enough data. Read only."""
    workspace = tmp_path_factory.mktemp("trained") / "w"
    for seed in (0, 1):
        assert cold_start(data, workspace, "--seed", seed).code == 0
    return workspace


@pytest.fixture
def served(tmp_path: Path, trained: Path) -> Path:
    """A copy of it, to change."""
    return Path(shutil.copytree(trained, tmp_path / "served"))
