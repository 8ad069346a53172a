from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.errors import TrainingError
from pioneer.records import RowStat, Trial
from pioneer.search.best import best, lead, leader, noise, seed_sd
from pioneer.search.graph import REPEAT
from tests.search.trial_trees import trial


def stats(right: list[bool], first: int = 0) -> list[RowStat]:
    return [
        RowStat(f"r{at}", "", float(ok), "a", "a" if ok else "b", 0.5)
        for at, ok in enumerate(right, first)
    ]


class Dev:
    """Trials with their dev rows."""

    def __init__(self) -> None:
        self.trials: list[Trial] = []
        self.rows: dict[int, list[RowStat]] = {}

    def add(self, rows: list[RowStat], **changes: object) -> None:
        score = sum(row.score for row in rows) / len(rows)
        made = trial(len(self.trials), score, rows=len(rows))
        self.trials.append(replace(made, **changes))  # type: ignore[arg-type]
        self.rows[made.number] = rows

    def of(self, trial: Trial) -> list[RowStat]:
        return self.rows[trial.number]


def test_the_highest_wins_where_the_noise_is_small() -> None:
    dev = Dev()
    for wrong in (40, 10, 30):
        dev.add(stats([at >= wrong for at in range(200)]))
    assert best(dev.trials, dev.of).number == 1
    assert leader(dev.trials, dev.of).number == 1


def test_a_tie_goes_to_the_cheaper_strategy_then_to_the_earlier() -> None:
    rng = random.Random(0)
    right = [rng.random() < 0.8 for _ in range(200)]
    flipped = right[:]
    flipped[right.index(False)] = True
    dev = Dev()
    for rows in (right, right, flipped):
        dev.add(stats(rows))
    dear, cheap = "full.v1", "probe.v1"
    dev.trials = [
        replace(t, recipe=replace(t.recipe, strategy=name))
        for t, name in zip(dev.trials, (dear, cheap, dear), strict=True)
    ]
    assert best(dev.trials, dev.of).number == 0
    assert best(dev.trials, dev.of, costs={cheap: 1.0, dear: 5.0}).number == 1
    assert best(dev.trials, dev.of, tolerance=0.0).number == 2


def test_trials_on_fewer_folds_are_compared_on_shared_rows() -> None:
    dev = Dev()
    hard_half_wrong = [at >= 100 or at % 2 == 0 for at in range(200)]
    dev.add(stats(hard_half_wrong))
    dev.add(stats([True] * 90 + [False] * 10, first=100))  # only the easy rows
    assert dev.trials[1].score is not None
    assert dev.trials[0].score is not None
    assert dev.trials[1].score.value > dev.trials[0].score.value
    assert best(dev.trials, dev.of).number == 0
    assert lead(dev.trials[1], dev.trials[0], dev.of).lead == pytest.approx(-0.1)


def test_a_lead_on_a_few_rows_must_exceed_its_error() -> None:
    dev = Dev()
    dev.add(stats([at % 10 != 0 for at in range(200)]))
    dev.add(stats([at % 10 != 0 or at == 10 for at in range(20)]))
    assert lead(dev.trials[1], dev.trials[0], dev.of).lead == pytest.approx(0.05)
    assert leader(dev.trials, dev.of).number == 0
    dev.add(stats([True] * 200))
    dev.add(stats([True] * 20))
    assert leader(dev.trials[:2] + dev.trials[3:], dev.of).number == 3
    assert leader(dev.trials, dev.of).number == 2


def test_without_shared_rows_the_scores_decide() -> None:
    dev = Dev()
    dev.add(stats([True] * 50))
    dev.add(stats([False] * 50, first=50))
    assert lead(dev.trials[0], dev.trials[1], dev.of).lead == 1.0


def test_failed_trials_never_win() -> None:
    dev = Dev()
    dev.add(stats([True, False]))
    assert best([trial(9, None), *dev.trials], dev.of).number == 0
    with pytest.raises(TrainingError, match="none of 2 trainings succeeded; the first error: out"):
        best([trial(0, None), trial(1, None)], dev.of)


@given(st.lists(st.lists(st.booleans(), min_size=8, max_size=8), min_size=1, max_size=6))
def test_on_the_same_rows_the_leader_has_the_highest_score(table: list[list[bool]]) -> None:
    dev = Dev()
    for right in table:
        dev.add(stats(right))
    tops = [sum(right) for right in table]
    assert leader(dev.trials, dev.of).number == tops.index(max(tops))
    assert best(dev.trials, dev.of).number <= tops.index(max(tops))
    assert noise(dev.trials, dev.of) >= 0.0


def test_noise_joins_paired_error_and_seeds() -> None:
    dev = Dev()
    rng = random.Random(1)
    for share in (0.8, 0.78, 0.7):
        dev.add(stats([rng.random() < share for _ in range(400)]))
    paired = noise(dev.trials, dev.of)
    assert 0.01 < paired < 0.04
    for seed, score in ((1, 0.75), (2, 0.85)):
        dev.add(stats([at < 400 * score for at in range(400)]), operator=REPEAT)
        again = dev.trials[-1]
        recipe = replace(dev.trials[0].recipe, seed=seed)
        dev.trials[-1] = replace(again, recipe=recipe)
    assert seed_sd(dev.trials) == pytest.approx(0.05, abs=0.01)
    assert noise(dev.trials, dev.of) == pytest.approx((paired**2 + 0.05**2) ** 0.5, rel=0.1)


def test_noise_before_there_are_two_trials() -> None:
    dev = Dev()
    assert noise([], dev.of) == 0.0
    dev.add(stats([True, False]))
    scored = dev.trials[0]
    assert scored.score is not None
    wide = replace(scored, score=replace(scored.score, ci95=(0.3, 0.692)))
    assert noise([wide], dev.of) == pytest.approx(0.1)
