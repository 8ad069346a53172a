"""keeping.v1 on the real base: it holds on to what the served version gets right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pioneer.errors import RecipeError
from pioneer.evaluation.calibration import fit_temperature, recalibrate
from pioneer.families.base import Model, Workbench
from pioneer.families.classification.learners import export, learner, load
from pioneer.families.classification.learners.duo import DuoModel
from pioneer.families.classification.learners.keeping import as_parent
from pioneer.families.classification.learners.tuned import TunedModel
from pioneer.records import Recipe
from tests.families.learners.lessons import LABELS, TASK, asked, bench, learn, rows

pytestmark = pytest.mark.slow

NARROW = replace(TASK, labels=LABELS[:3])
FEW, MORE, HELD = rows(3), rows(7, skip=3), rows(10, skip=10)


@pytest.fixture(scope="module")
def parent() -> Model:
    return learn("full.v1", FEW, epochs=4, batch=16)


def kept(parent: Model, **knobs: float) -> Model:
    plain = {"epochs": 2, "batch": 16, "members": 1, "voice": 0.0, "keep": 0.0}
    recipe = Recipe("minilm", "keeping.v1", {**plain, **knobs})
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


def test_members_are_averaged_by_weight(parent: Model) -> None:
    one, three = kept(parent), kept(parent, members=3)
    assert isinstance(one, TunedModel) and isinstance(three, TunedModel)
    others = [seeded(parent, seed) for seed in (1, 2)]
    for name, weight in three.network.state_dict().items():
        if weight.is_floating_point():
            parts = [each.network.state_dict()[name] for each in (one, *others)]
            assert torch.allclose(weight, torch.stack(parts).mean(0), atol=1e-5), name


def seeded(parent: Model, seed: int) -> TunedModel:
    knobs = {"epochs": 2, "batch": 16, "members": 1, "voice": 0.0, "keep": 0.0}
    at: Workbench = replace(bench(), parent=parent)
    found = learner("keeping.v1")(
        Recipe("minilm", "keeping.v1", knobs, seed=seed), TASK, [*FEW, *MORE], at
    )
    assert isinstance(found, TunedModel)
    return found


def test_the_served_version_keeps_its_say(parent: Model) -> None:
    """Between none and all of it, the answers are the weighted geometric mean of both."""
    alone, both = kept(parent), kept(parent, voice=0.25)
    assert isinstance(both, DuoModel)
    rows_ = [row.input for row in HELD]
    mean = both.own.shares(rows_) ** 0.75 * both.elder.shares(rows_) ** 0.25
    mean /= mean.sum(axis=1, keepdims=True)
    for said, shares in zip(asked(both, HELD), mean, strict=True):
        told = dict(said.ranked)
        assert [told[label] for label in LABELS] == pytest.approx(shares.tolist(), abs=1e-6)
    assert distance(parent, both) < distance(parent, alone)
    assert [one.output for one in asked(both.elder, HELD)] == [
        one.output for one in asked(parent, HELD)
    ]


def test_a_label_that_the_served_version_does_not_know_is_its_successors_alone() -> None:
    small = learn("full.v1", rows(4, LABELS[:3]), epochs=1, batch=16, task=NARROW)
    both = kept(small, voice=0.25)
    assert isinstance(both, DuoModel)
    texts = [row.input for row in HELD]
    own, elder = both.own.shares(texts), both.elder.shares(texts)
    assert elder[:, 3:].max() < 1e-6
    said = np.array([[dict(one.ranked)[label] for label in LABELS] for one in asked(both, HELD)])
    assert (said[:, 3:] >= own[:, 3:] - 1e-6).all()
    ratio = own[:, 3:] / own[:, 3:].sum(axis=1, keepdims=True)
    assert said[:, 3:] / said[:, 3:].sum(axis=1, keepdims=True) == pytest.approx(ratio, abs=1e-4)


def test_of_a_chain_of_versions_the_last_two_speak(parent: Model) -> None:
    second = kept(parent, voice=0.25)
    third = kept(second, voice=0.25)
    assert isinstance(second, DuoModel) and isinstance(third, DuoModel)
    was, now = (
        each.state_dict() for each in (second.own.network.encoder, third.elder.network.encoder)
    )
    assert all(torch.equal(was[name], now[name]) for name in was)


@pytest.mark.parametrize("form", ["", "safetensors", "onnx"])
def test_a_duo_is_the_same_once_stored(parent: Model, form: str, tmp_path: Path) -> None:
    both = kept(parent, voice=0.25)
    if form:
        export(both, tmp_path, form)
    else:
        both.save(tmp_path)
    back = load(tmp_path, replace(bench(), cache=None))
    assert [one.output for one in asked(back, HELD)] == [one.output for one in asked(both, HELD)]
    assert distance(both, back) < 1e-3


def test_a_frozen_version_has_its_say_too() -> None:
    probe = learn("probe.v1", FEW)
    both = kept(probe, voice=0.9)
    assert isinstance(both, DuoModel)
    assert distance(probe, both) < distance(probe, both.own)


def test_a_version_of_another_base_is_left_alone(parent: Model) -> None:
    assert isinstance(parent, TunedModel)
    other = replace(parent, manifest=replace(parent.manifest, base_sha256="another"))
    alone = kept(other, voice=0.5, blend=0.3)
    assert isinstance(alone, TunedModel)
    assert asked(alone, HELD) == asked(kept(parent), HELD)


def test_a_version_without_a_network_has_none() -> None:
    assert isinstance(kept(learn("majority.v1", FEW), voice=0.5), TunedModel)


def test_without_a_served_version_it_is_a_plain_fine_tune() -> None:
    alone = learn("keeping.v1", FEW, epochs=1, batch=16, members=1)
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
    with pytest.raises(RecipeError, match="same labels"):
        kept(narrow, keep=0.0, blend=0.3)


def test_only_rows_that_the_served_version_gets_right_are_held(parent: Model) -> None:
    right = [one.output == row.target for one, row in zip(asked(parent, MORE), MORE, strict=True)]
    extra = as_parent(parent, LABELS, MORE, 1.0)
    logits = torch.zeros((1, len(LABELS)))
    for at, held in enumerate(right):
        value = float(extra(logits, torch.tensor([at])))
        assert (value > 1e-6) == held
        assert np.isfinite(value)
