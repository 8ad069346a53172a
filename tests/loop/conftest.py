"""Where production cycles begin."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.loop.cycles import first


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which a weak m@1 is served; no test improves it in place."""
    return first(tmp_path_factory.mktemp("start"))


@pytest.fixture
def workspace(start: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(start, tmp_path / "w")
    return tmp_path / "w"
