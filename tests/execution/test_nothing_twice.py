"""A later trial on the same data tokenises and embeds nothing: counted inside the workers."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from pioneer.execution.job import Job
from pioneer.execution.local import local_executor
from tests.execution.offices import Office, children, ignore, office

pytestmark = pytest.mark.slow

TELLS_ITS_COUNTS = """
import json, os, signal
from pathlib import Path

def tell(*_):
    from dataclasses import asdict
    from pioneer.encoding import COUNTS
    place = Path(os.environ["TELL_COUNTS"]) / str(os.getpid())
    place.with_suffix(".part").write_text(json.dumps(asdict(COUNTS)))
    place.with_suffix(".part").rename(place.with_suffix(".json"))

signal.signal(signal.SIGUSR1, tell)
"""
"""Python runs this at the start of every worker; a signal then asks for its counts."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(TELLS_ITS_COUNTS)
    path = f"{tmp_path / 'site'}:{os.environ.get('PYTHONPATH', '')}"
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("TELL_COUNTS", str(tmp_path))
    return office(tmp_path / "w")


def counts(folder: Path) -> dict[str, int]:
    """What the only worker did since it started."""
    (worker,) = children(os.getpid())
    answer = folder / f"{worker}.json"
    answer.unlink(missing_ok=True)
    os.kill(worker, signal.SIGUSR1)
    deadline = time.monotonic() + 20
    while not answer.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    found: dict[str, int] = json.loads(answer.read_text())
    return found


def done(jobs: list[Job], folder: Path) -> list[dict[str, int]]:
    """The counts of one new worker after each job."""
    seen = []
    with local_executor(1, folder / "workers.log") as execute:
        for job in jobs:
            (result,) = execute([job], ignore)
            assert result.error is None
            seen.append(counts(folder))
    return seen


def test_later_trials_of_any_strategy_tokenise_and_embed_nothing(
    place: Office, tmp_path: Path
) -> None:
    rows = 24 + 12  # learned from and asked
    (first,) = done([place.job("probe.v1")], tmp_path)
    assert first == {"tokenised": rows, "embedded": rows}
    later = [
        place.job("full.v1", epochs=1),
        place.job("full.v1", epochs=1, seed=1),
        place.job("contrastive.v1", epochs=1),
        place.job("lora.v1", epochs=1),
        place.job("probe.v1", C=1.0),
        place.fold("probe.v1", 0),
        place.fold("full.v1", 1, epochs=1),
    ]
    assert done(later, tmp_path) == [{"tokenised": 0, "embedded": 0}] * len(later)
