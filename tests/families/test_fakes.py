"""What the fake learner's knobs do, so that a search over them has something to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from pioneer.families import family
from pioneer.families.base import Workbench
from pioneer.families.fakes import FAKE_BASE, TABLE
from pioneer.families.lots import lot
from pioneer.records import Example, Kind, Recipe, Scalar
from tests.families.family_samples import examples, task

FAMILY = family(Kind.CLASSIFICATION)


def accuracy(train: list[Example], test: list[Example], seed: int = 0, **hyper: Scalar) -> float:
    goal = task(FAMILY, train)
    recipe = Recipe(FAKE_BASE, TABLE.name, hyper, seed=seed)
    model = FAMILY.learner(TABLE.name)(recipe, goal, train, Workbench(Path("unused")))
    said = model.predict([row.input for row in test])
    stats = [FAMILY.score_row(goal, row, each) for row, each in zip(test, said, strict=True)]
    return FAMILY.aggregate(stats, "accuracy")


def halves() -> tuple[list[Example], list[Example]]:
    rows = examples(FAMILY)
    return rows[::2], rows[1::2]


def test_overlap_beats_frequent_beats_none_on_new_texts() -> None:
    train, test = halves()
    scores = [accuracy(train, test, fallback=name, coverage=1.0) for name in TABLE.knobs[1].values]
    assert scores == sorted(set(scores))
    assert scores[0] == 0.0


def test_known_texts_are_answered_as_far_as_they_are_covered() -> None:
    train, _ = halves()
    known = [accuracy(train, train, fallback="none", coverage=c) for c in TABLE.knobs[0].values]
    assert known == sorted(known)
    assert known[-1] == 1.0
    assert known[0] < 0.5


def test_the_seed_chooses_what_is_covered() -> None:
    train, _ = halves()
    values = {accuracy(train, train, seed, fallback="none", coverage=0.5) for seed in range(8)}
    assert len(values) > 1


@pytest.mark.parametrize("seed", [0, 1])
def test_lots_are_even_and_fixed(seed: int) -> None:
    drawn = [lot(seed, str(number)) for number in range(2000)]
    assert all(0.0 <= value < 1.0 for value in drawn)
    assert abs(sum(drawn) / 2000 - 0.5) < 0.03
    assert lot(0, "row") == pytest.approx(0.4078, abs=1e-4)


def test_unpaired_surrogates_are_no_trouble(tmp_path: Path) -> None:
    rows = [Example(f"r{n}", f"\ud800 {n}", "a" if n % 2 else "b") for n in range(4)]
    goal = task(FAMILY, rows)
    recipe = Recipe(FAKE_BASE, TABLE.name, {"coverage": 1.0})
    model = FAMILY.learner(TABLE.name)(recipe, goal, rows, Workbench(tmp_path))
    model.save(tmp_path)
    again = FAMILY.load(tmp_path, Workbench(tmp_path)).predict(["\ud800 1"])
    assert again == model.predict(["\ud800 1"])
