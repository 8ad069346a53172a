"""keeping.v1 on the real base: it holds on to what the served version gets right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from pioneer.errors import RecipeError
from pioneer.evaluation.calibration import fit_temperature, recalibrate
from pioneer.families.base import Model, Workbench
from pioneer.families.classification.learners import learner
from pioneer.families.classification.learners.keeping import as_parent
from pioneer.families.classification.learners.tuned import TunedModel
from pioneer.records import Recipe
from tests.families.learners.lessons import LABELS, TASK, asked, bench, learn, rows

pytestmark = pytest.mark.slow

FEW, MORE, HELD = rows(3), rows(7, skip=3), rows(10, skip=10)


@pytest.fixture(scope="module")
def parent() -> Model:
    return learn("full.v1", FEW, epochs=4, batch=16)


def kept(parent: Model, **knobs: float) -> Model:
    recipe = Recipe("minilm", "keeping.v1", {"epochs": 2, "batch": 16, **knobs})
    at: Workbench = replace(bench(), parent=parent)
    return learner("keeping.v1")(recipe, TASK, [*FEW, *MORE], at)


def distance(one: Model, other: Model) -> float:
    """Mean divergence of the answers."""
    total = 0.0
    for old, new in zip(asked(one, HELD), asked(other, HELD), strict=True):
        was, now = dict(old.ranked), dict(new.ranked)
        total += sum(abs(was[label] - now[label]) for label in LABELS)
    return total / len(HELD)


def test_drawn_back_it_stays_nearer_to_the_served_version(parent: Model) -> None:
    far, near = kept(parent, keep=0.0), kept(parent, keep=0.0, blend=0.3)
    assert distance(parent, near) < distance(parent, far)


def test_without_a_served_version_it_is_a_plain_fine_tune() -> None:
    alone = learn("keeping.v1", FEW, epochs=1, batch=16)
    plain = learn("full.v1", FEW, epochs=1, batch=16)
    assert asked(alone, HELD) == asked(plain, HELD)


def test_the_divergence_is_nothing_from_the_served_version_itself(parent: Model) -> None:
    raw = asked(parent, MORE)
    heat = fit_temperature(raw, [str(row.target) for row in MORE])
    told = [dict(recalibrate(one, heat).ranked) for one in raw]
    own = torch.tensor([[one[label] for label in LABELS] for one in told]).log()
    extra = as_parent(parent, LABELS, MORE, 1.0)
    every = torch.arange(len(MORE))
    assert abs(float(extra(own, every))) < 1e-5
    assert float(extra(torch.zeros_like(own), every)) > 0.05


def test_blending_all_the_way_is_the_served_version(parent: Model) -> None:
    back = kept(parent, keep=0.0, blend=1.0)
    assert [one.output for one in asked(back, HELD)] == [one.output for one in asked(parent, HELD)]
    assert distance(parent, back) < 1e-3


def test_a_frozen_version_can_be_kept_too() -> None:
    probe = learn("probe.v1", FEW)
    near, far = kept(probe, blend=0.9), kept(probe, blend=0.0, keep=0.0)
    assert distance(probe, near) < distance(probe, far)


def test_another_label_set_cannot_be_blended(parent: Model) -> None:
    small = learn("full.v1", rows(4, LABELS[:3]), epochs=1, batch=16)
    assert isinstance(small, TunedModel)
    narrow = replace(small, manifest=replace(small.manifest, labels=LABELS[:3]))
    with pytest.raises(RecipeError, match="same base and labels"):
        kept(narrow, keep=0.0, blend=0.3)


def test_only_rows_that_the_served_version_gets_right_are_held(parent: Model) -> None:
    right = [one.output == row.target for one, row in zip(asked(parent, MORE), MORE, strict=True)]
    extra = as_parent(parent, LABELS, MORE, 1.0)
    logits = torch.zeros((1, len(LABELS)))
    for at, held in enumerate(right):
        value = float(extra(logits, torch.tensor([at])))
        assert (value > 1e-6) == held
        assert np.isfinite(value)
