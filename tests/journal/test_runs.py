"""Runs: recorded first, closed once, and chosen rightly to be resumed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine

from pioneer.errors import RegistryError
from pioneer.journal import runs
from pioneer.journal.runs import RunStatus
from pioneer.store.engine import open_engine
from pioneer.store.schema import metadata


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(tmp_path / "pioneer.db")
    yield engine
    engine.dispose()


def finish(engine: Engine, run: str, status: RunStatus, result: object = None) -> None:
    with engine.begin() as connection:
        runs.finish(connection, run, status, result)


def test_a_run_comes_back_with_its_arguments_and_its_result(engine: Engine) -> None:
    begun = runs.start(engine, "cold-start", {"description": "ö", "data": ["a"], "budget": None})
    assert runs.find_run(engine, begun.id) == begun
    assert begun.status is RunStatus.RUNNING
    result = {"decision": "hold", "scores": {"dev": 0.5}, "text": "é\n"}
    finish(engine, begun.id, RunStatus.FINISHED, result)
    ended = runs.find_run(engine, begun.id)
    assert (ended.status, ended.result) == (RunStatus.FINISHED, result)
    assert ended.arguments == begun.arguments


def test_runs_started_at_once_have_names_of_their_own(engine: Engine) -> None:
    begun = [runs.start(engine, "cold-start", {}) for _ in range(50)]
    assert len({run.id for run in begun}) == 50
    assert [run.id for run in runs.all_runs(engine)] == [run.id for run in begun]


@pytest.mark.parametrize("name", ["nothing", "", "x'; drop table runs; --", "\udcff", "é"])
def test_an_unknown_run_is_refused_by_name(engine: Engine, name: str) -> None:
    with pytest.raises(RegistryError, match="there is no run") as refused:
        runs.find_run(engine, name)
    assert repr(name) in str(refused.value)
    assert "`pioneer runs list`" in str(refused.value)


def test_without_runs_there_is_nothing_to_resume(engine: Engine) -> None:
    with pytest.raises(RegistryError, match="no run to resume"):
        runs.to_resume(engine)


def test_a_failed_run_can_be_opened_again(engine: Engine) -> None:
    begun = runs.start(engine, "cold-start", {})
    finish(engine, begun.id, RunStatus.FAILED, {"decision": "failed", "reason": "why"})
    runs.reopen(engine, begun.id)
    assert runs.find_run(engine, begun.id) == begun


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(RunStatus), min_size=1, max_size=6))
def test_the_newest_open_run_is_resumed_else_the_newest_result(statuses: list[RunStatus]) -> None:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    names = [runs.start(engine, "cold-start", {}).id for _ in statuses]
    for name, status in zip(names, statuses, strict=True):
        if status is not RunStatus.RUNNING:
            finish(engine, name, status)
    by_status = {
        status: [name for name, s in zip(names, statuses, strict=True) if s is status]
        for status in RunStatus
    }
    expected = (by_status[RunStatus.FINISHED] + by_status[RunStatus.RUNNING])[-1:]
    if by_status[RunStatus.RUNNING]:
        expected = by_status[RunStatus.RUNNING][-1:]
    if expected:
        assert [runs.to_resume(engine).id] == expected
    else:
        with pytest.raises(RegistryError):
            runs.to_resume(engine)
    engine.dispose()
