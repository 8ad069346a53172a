"""`kill -9` at moments spread over a whole run, then `runs resume`: the result of the
uninterrupted run, nothing lost, nothing twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.crash.lives import Attempt, Course, check_ended
from tests.loop.helpers import folder

KILLS = 10

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crash")


@pytest.fixture(scope="module")
def attempt(place: Path) -> Attempt:
    data = folder(place / "data", "classification")
    task = ["classify short texts by topic", "--data", str(data), "--base", "fake", "--name", "m"]
    return Attempt([*task, "--target", "1.0", "--max-trials", "4"])


@pytest.fixture(scope="module")
def course(attempt: Attempt, place: Path) -> Course:
    return attempt.course(place / "whole")


@pytest.mark.parametrize("whole_group", [False, True], ids=["main process", "group"])
def test_a_run_killed_ten_times_ends_as_the_uninterrupted_one(
    whole_group: bool, attempt: Attempt, course: Course, place: Path, tmp_path: Path
) -> None:
    moments = course.moments(KILLS, random.Random(f"kill {whole_group}"))
    printed = attempt.killed(tmp_path / "w", course, moments, [whole_group] * KILLS)
    check_ended(tmp_path / "w", printed, place / "whole", course)
