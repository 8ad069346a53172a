from __future__ import annotations

from dataclasses import replace

import pytest

from pioneer.records import Recipe, Scalar, Trial
from pioneer.strategist.base import Proposal
from pioneer.strategist.edits import Edit, edits
from pioneer.strategist.evidence import gather
from tests.strategist.worlds import FULL, MIXES, PAIRS, SPACE, done

ROOT = Recipe("small", FULL.name, FULL.defaults())


def turned(**hyper: Scalar) -> Recipe:
    return replace(ROOT, hyper={**ROOT.hyper, **hyper})


def trials(*scored: tuple[Recipe, float | None]) -> list[Trial]:
    return [
        done(at, at, Proposal(recipe, "draft", "why not"), score)
        for at, (recipe, score) in enumerate(scored)
    ]


def edit(recipe: Recipe, target: Recipe) -> Edit:
    return next(e for e in edits(recipe, SPACE) if e.recipe == target)


def test_nothing_is_known_before_two_trials_differ_in_one_thing() -> None:
    step = edit(ROOT, turned(epochs=8))
    assert not gather([], SPACE).of(step).known
    both = trials((ROOT, 0.8), (turned(epochs=8, batch_size=32), 0.9))
    assert not gather(both, SPACE).of(step).known
    failed = trials((ROOT, 0.8), (turned(epochs=8), None))
    assert not gather(failed, SPACE).of(step).known


def test_the_same_step_elsewhere_counts_and_backwards_with_the_other_sign() -> None:
    evidence = gather(
        trials((turned(batch_size=8, epochs=4), 0.80), (turned(batch_size=8, epochs=8), 0.84)),
        SPACE,
    )
    forward = evidence.of(edit(ROOT, turned(epochs=8)))
    assert forward.gain == pytest.approx(0.04)
    assert forward.why == "the same change gained 0.040 before"
    backward = evidence.of(edit(turned(epochs=8), ROOT))
    assert backward.gain == pytest.approx(-0.04)


def test_a_direction_is_believed_by_half() -> None:
    evidence = gather(trials((ROOT, 0.80), (turned(epochs=8), 0.84)), SPACE)
    further = evidence.of(edit(turned(epochs=8), turned(epochs=16)))
    assert further.gain == pytest.approx(0.02)
    assert further.why == "raising epochs points up so far"
    back = evidence.of(edit(ROOT, turned(epochs=2)))
    assert back.gain == pytest.approx(-0.02)
    assert back.why == "lowering epochs points down so far"


def test_a_knob_of_the_same_name_in_another_strategy_says_nothing() -> None:
    one = Recipe("small", PAIRS.name, PAIRS.defaults())
    other = replace(one, hyper={**one.hyper, "learning_rate": 1e-4})
    evidence = gather(trials((one, 0.80), (other, 0.90)), SPACE)
    assert not evidence.of(edit(ROOT, turned(learning_rate=1e-4))).known


def test_data_is_believed_across_strategies() -> None:
    one = Recipe("small", PAIRS.name, PAIRS.defaults())
    evidence = gather(trials((one, 0.80), (replace(one, mix=MIXES[1]), 0.83)), SPACE)
    assert evidence.of(edit(ROOT, replace(ROOT, mix=MIXES[1]))).gain == pytest.approx(0.03)
    assert not evidence.of(edit(ROOT, replace(ROOT, mix=MIXES[2]))).known
