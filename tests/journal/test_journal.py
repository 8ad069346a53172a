"""The journal: what a run knows is a view of its events, whoever opens it and after any kill."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from pioneer.journal import runs
from pioneer.journal.journal import Journal
from pioneer.records import Recipe, Trial, dump, load
from pioneer.store.engine import open_engine
from pioneer.store.schema import events
from pioneer.store.workspace import Workspace, open_workspace

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


class JournalMachine(RuleBasedStateMachine):
    """Two runs write to one workspace that is closed and opened again at any time. The model keeps
    what was written; the journal must tell just that, after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.stack = ExitStack()
        self.model: dict[str, list[tuple[str, Any]]] = {}
        self.outputs: dict[tuple[str, str, str], Any] = {}
        self.workspace = self._opened()

    def _opened(self) -> Workspace:
        return self.stack.enter_context(open_workspace(self.folder, write=True))

    @initialize()
    def begin(self) -> None:
        for _ in range(2):
            self.model[runs.start(self.workspace.engine, "test", {}).id] = []

    @rule(which=st.integers(0, 1), name=st.sampled_from(["trial", "note"]), payload=json_values)
    def append(self, which: int, name: str, payload: Any) -> None:
        run = sorted(self.model)[which]
        Journal(self.workspace.engine, run).append(name, payload)
        self.model[run].append((name, payload))

    @rule(
        which=st.integers(0, 1),
        name=st.sampled_from(["prepare", "settle"]),
        inputs=st.sampled_from([1, [1], {"a": 1}]),
        output=json_values,
    )
    def stage(self, which: int, name: str, inputs: Any, output: Any) -> None:
        """Done once for its inputs; the second time it tells what came of the first."""
        run = sorted(self.model)[which]
        key = (run, name, json.dumps(inputs))
        called = []

        def work() -> Any:
            called.append(1)
            return output

        found = Journal(self.workspace.engine, run).stage(name, inputs, object, work)
        assert bool(called) == (key not in self.outputs)
        assert found == self.outputs.setdefault(key, output)
        if called:
            self.model[run] += [("stage started", None), ("stage finished", output)]

    @rule()
    def reopen(self) -> None:
        self.stack.close()
        self.workspace = self._opened()

    @invariant()
    def the_journal_tells_what_was_written(self) -> None:
        for run, written in self.model.items():
            for engine in (self.workspace.engine, self._reader()):
                told = Journal(engine, run).entries()
                assert [entry.seq for entry in told] == list(range(len(written)))
                assert [
                    (entry.name, self._content(entry.name, entry.payload)) for entry in told
                ] == (written)
                of_trials = [entry.payload for entry in Journal(engine, run).entries("trial")]
                assert of_trials == [payload for name, payload in written if name == "trial"]

    def _content(self, name: str, payload: Any) -> Any:
        if name == "stage started":
            return None
        return payload["output"] if name == "stage finished" else payload

    def _reader(self) -> Engine:
        engine = open_engine(self.folder / "pioneer.db", read_only=True)
        self.stack.callback(engine.dispose)
        return engine

    def teardown(self) -> None:
        self.stack.close()


TestJournalMachine = JournalMachine.TestCase
TestJournalMachine.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with open_workspace(tmp_path, write=True) as workspace:
        yield Journal(workspace.engine, runs.start(workspace.engine, "test", {}).id)


def test_a_stage_gives_back_the_record_that_it_made(journal: Journal) -> None:
    made = Trial(3, 1, Recipe("fake", "table.v1", {"coverage": 0.5}), "draft", "why", (1, 2))
    first = journal.stage("s", [1], Trial, lambda: made)
    again = journal.stage("s", [1], Trial, lambda: pytest.fail("done twice"))
    assert first == again == made


def test_other_inputs_are_another_stage(journal: Journal) -> None:
    assert [journal.stage("s", [n], int, lambda n=n: n) for n in (1, 2, 1)] == [1, 2, 1]  # type: ignore[misc]
    assert len(journal.entries("stage finished")) == 2


def test_a_stage_that_failed_is_done_again(journal: Journal) -> None:
    def fail() -> int:
        raise KeyError

    with pytest.raises(KeyError):
        journal.stage("s", None, int, fail)
    assert journal.stage("s", None, int, lambda: 5) == 5
    assert [entry.name for entry in journal.entries()] == ["stage started"] * 2 + ["stage finished"]


def test_events_are_never_changed_nor_written_twice(journal: Journal) -> None:
    journal.append("a", 1)
    with pytest.raises(IntegrityError), journal.engine.begin() as connection:
        connection.execute(
            events.insert().values(run=journal.run, seq=0, at=0.0, name="b", payload="2")
        )
    assert [entry.payload for entry in journal.entries()] == [1]


def test_a_journal_needs_its_run(journal: Journal) -> None:
    with pytest.raises(IntegrityError):
        Journal(journal.engine, "no such run").append("a", 1)


_STEPS = """
import sys
from pathlib import Path
from pioneer.journal.journal import Journal
from pioneer.store.workspace import open_workspace
with open_workspace(Path(sys.argv[1]), write=True) as workspace:
    journal = Journal(workspace.engine, sys.argv[2])
    step = len(journal.entries("step"))
    while True:
        if step % 2:
            journal.append("step", step)
        else:
            def work():
                print("worked", step, flush=True)
                return step
            journal.append("step", journal.stage("even", step, int, work))
        print("wrote", step, flush=True)
        step += 1
"""


@pytest.mark.slow
def test_what_was_written_outlives_a_kill_at_any_moment(tmp_path: Path) -> None:
    with open_workspace(tmp_path, write=True) as workspace:
        run = runs.start(workspace.engine, "test", {}).id
    rng = random.Random(3)
    told: list[str] = []
    for _ in range(6):
        command = [sys.executable, "-c", _STEPS, str(tmp_path), run]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            told.append(writer.stdout.readline().strip())
            time.sleep(rng.uniform(0.0, 0.08))
            writer.send_signal(signal.SIGKILL)
            told += [line.strip() for line in writer.stdout.read().splitlines()]
    with open_workspace(tmp_path, write=False) as workspace:
        entries = Journal(workspace.engine, run).entries()
        assert [entry.seq for entry in entries] == list(range(len(entries)))
        steps = [entry.payload for entry in entries if entry.name == "step"]
    assert steps == list(range(len(steps)))  # nothing lost in between, nothing twice
    promised = {int(line.split()[1]) for line in told if line.startswith("wrote")}
    assert promised <= set(steps)
    assert len(steps) > 12
    finished = [e.payload["output"] for e in entries if e.name == "stage finished"]
    assert sorted(set(finished)) == finished
    assert set(finished) >= {step for step in steps if step % 2 == 0}


def test_a_record_is_read_back_from_the_event(journal: Journal) -> None:
    trial = Trial(
        0, 0, Recipe("b", "s", {"rate": 1e-4, "none": None}, seed=3), "draft", "ö \u2028 x"
    )
    journal.append("trial", trial)
    assert load(Trial, journal.entries("trial")[0].payload) == trial
    assert dump(trial) == journal.entries("trial")[0].payload
