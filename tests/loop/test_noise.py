"""A long search spends one iteration on the noise of seeds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pioneer.records import Recipe, Trial, load
from pioneer.search.graph import REPEAT, recipe_hash, seedless
from tests.loop.helpers import Lived, fake_request, folder, lived


def trials_of(seen: Lived) -> list[Trial]:
    return [load(Trial, entry.payload) for entry in seen.entries if entry.name == "trial"]


@pytest.mark.parametrize("seed", [0, 5])
def test_the_third_iteration_repeats_the_best_recipe_with_two_seeds(
    seed: int, tmp_path: Path
) -> None:
    data = folder(tmp_path / "d", "classification", count=120)
    wanted = fake_request(data, "classification", max_trials=12, seed=seed)
    seen = lived(tmp_path / "w", wanted)
    trials = trials_of(seen)
    repeats = [trial for trial in trials if trial.operator == REPEAT]
    assert [trial.iteration for trial in repeats] == [2, 2]
    before = [trial for trial in trials if trial.iteration < 2]
    top = max(before, key=lambda trial: trial.score.value if trial.score else 0.0)
    assert [trial.parents for trial in repeats] == [(top.number,)] * 2
    assert [trial.recipe for trial in repeats] == [
        replace(top.recipe, seed=seed + step) for step in (1000, 2000)
    ]
    assert {seedless(trial.recipe) for trial in (*repeats, top)} == {seedless(top.recipe)}
    assert seen.outcome.recipe_hash not in {recipe_hash(trial.recipe) for trial in repeats}
    assert len({recipe_hash(trial.recipe) for trial in trials}) == len(trials) == 12


def test_a_short_search_spends_nothing_on_it(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification", count=60)
    seen = lived(tmp_path / "w", fake_request(data, "classification", max_trials=9))
    assert all(trial.operator != REPEAT for trial in trials_of(seen))


def test_every_iteration_tries_two_recipes_at_least(tmp_path: Path) -> None:
    data = folder(tmp_path / "d", "classification", count=60)
    seen = lived(tmp_path / "w", fake_request(data, "classification", max_trials=6))
    by_iteration: dict[int, list[Recipe]] = {}
    for trial in trials_of(seen):
        by_iteration.setdefault(trial.iteration, []).append(trial.recipe)
    assert [len(found) for found in by_iteration.values()] == [2, 2, 2]
    planned = [entry for entry in seen.entries if entry.name == "iteration planned"]
    for entry in planned:  # both stand on record before either is trained
        number = entry.payload["iteration"]
        recipes = [one["proposal"]["recipe"] for one in entry.payload["plan"]["trials"]]
        assert [load(Recipe, one) for one in recipes] == by_iteration[number]
        first = min(
            e.seq for e in seen.entries if e.name == "trial" and e.payload["iteration"] == number
        )
        assert entry.seq < first
