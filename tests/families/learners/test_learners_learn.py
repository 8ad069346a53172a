"""Every strategy on the real base: it learns, repeats itself, and comes back from its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from safetensors import safe_open

from pioneer.errors import BaseModelError, RegistryError
from pioneer.families.base import Model, Workbench
from pioneer.families.classification.learners import BASELINES, LEARNERS, STRATEGIES, load
from pioneer.store.artifacts import folder_hash
from tests.families.learners.lessons import (
    LABELS,
    TASK,
    TINY,
    TUNED,
    accuracy,
    asked,
    bench,
    brief,
    learn,
    made,
    rows,
    taught,
)

pytestmark = pytest.mark.slow

HELD = rows(8, skip=10)
CHANCE = 1 / len(LABELS)
CHOSEN_BY_CHANCE = 0.42
"""48 rows of 6 equal labels: guessing gets this many right once in a hundred thousand times."""


def saved(model: Model, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder)
    return folder


def test_every_strategy_is_tried_here() -> None:
    names = {each.name for each in (*STRATEGIES, *BASELINES)}
    assert set(TINY) == set(LEARNERS) == names


@pytest.mark.parametrize("strategy", sorted(set(TINY) - {"majority.v1"}))
def test_it_beats_chance_on_rows_that_it_never_saw(strategy: str) -> None:
    assert accuracy(taught(strategy), HELD) > CHOSEN_BY_CHANCE


def test_the_majority_beats_chance_where_one_label_prevails() -> None:
    uneven = [row for row in rows(10) if row.target == LABELS[0]] + rows(2, LABELS[1:])
    model = learn("majority.v1", uneven)
    assert accuracy(model, uneven) == 0.5
    said = asked(model, HELD)[0]
    assert said.ranked[0] == (LABELS[0], 0.5)
    assert [share for _, share in said.ranked[1:]] == pytest.approx([0.1] * 5)


@pytest.mark.parametrize("strategy", sorted(TINY))
def test_equal_seeds_give_equal_models_to_the_last_bit(strategy: str, tmp_path: Path) -> None:
    first = saved(taught(strategy), tmp_path / "first")
    again = learn(strategy, rows(10), at=Workbench(tmp_path / "cold-cache", 1))
    assert folder_hash(saved(again, tmp_path / "again")) == folder_hash(first)
    assert asked(again, HELD) == asked(taught(strategy), HELD)


def test_equal_seeds_give_equal_models_on_two_threads(tmp_path: Path) -> None:
    for name in ("one", "other"):
        saved(learn("full.v1", rows(3), at=bench(threads=2), epochs=1), tmp_path / name)
    assert folder_hash(tmp_path / "one") == folder_hash(tmp_path / "other")


@pytest.mark.parametrize("strategy", sorted(TINY))
def test_the_seed_moves_what_chance_decides_and_nothing_else(strategy: str) -> None:
    one, other = (brief(strategy, rows(4), seed=seed) for seed in (0, 1))
    same = asked(one, HELD[:6]) == asked(other, HELD[:6])
    assert same == (strategy not in TUNED)


@pytest.mark.parametrize("strategy", sorted(TINY))
def test_it_comes_back_from_its_folder_with_the_same_answers(strategy: str, tmp_path: Path) -> None:
    folder = saved(taught(strategy), tmp_path / "model")
    back = load(folder, bench())
    assert asked(back, HELD) == asked(taught(strategy), HELD)
    assert folder_hash(saved(back, tmp_path / "again")) == folder_hash(folder)


@pytest.mark.parametrize("strategy", sorted(TINY))
def test_its_folder_holds_safetensors_and_json_alone(strategy: str, tmp_path: Path) -> None:
    folder = saved(taught(strategy), tmp_path / "model")
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".safetensors", ".json"}
    for path in files:
        if path.suffix == ".json":
            json.loads(path.read_text("utf-8"))
        else:
            with safe_open(path, "np") as tensors:
                assert list(tensors.keys())


@pytest.mark.parametrize("strategy", sorted(TINY))
def test_its_folder_names_no_place_of_this_machine(strategy: str, tmp_path: Path) -> None:
    folder = saved(taught(strategy), tmp_path / "model")
    told = "".join(path.read_text("utf-8") for path in folder.rglob("*.json"))
    assert str(Path.home()) not in told
    assert str(tmp_path) not in told
    assert "site-packages" not in told


@pytest.mark.parametrize("strategy", sorted(TINY))
def test_progress_rises_to_the_whole(strategy: str) -> None:
    shares: list[float] = []
    brief(strategy, rows(4), at=Workbench(None, 1, shares.append))
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert shares[0] >= 0


@pytest.mark.parametrize("strategy", sorted(TINY))
def test_predictions_rank_every_label_and_do_not_depend_on_company(strategy: str) -> None:
    model = taught(strategy)
    together = asked(model, HELD)
    for said in together:
        assert {label for label, _ in said.ranked} == set(LABELS)
        assert sum(share for _, share in said.ranked) == pytest.approx(1.0, abs=1e-5)
        assert (said.output, said.confidence) == said.ranked[0]
        assert [share for _, share in said.ranked] == sorted(_shares(said.ranked), reverse=True)
    assert [asked(model, [row])[0] for row in HELD[:5]] == together[:5]
    assert asked(model, HELD[20:31]) == together[20:31]
    assert asked(model, HELD[::-1]) == together[::-1]
    assert model.predict([]) == []


def _shares(ranked: Sequence[tuple[str, float]]) -> list[float]:
    return [share for _, share in ranked]


@pytest.mark.parametrize("strategy", sorted(TINY))
def test_labels_that_only_the_rows_know_come_after_the_task_s(strategy: str) -> None:
    news = made(("the moon is out tonight", "moon"), ("what a bright moon", "moon"))
    model = brief(strategy, [*rows(2), *news])
    assert {label for label, _ in asked(model, HELD[:1])[0].ranked} == {*TASK.labels, "moon"}


def test_a_broken_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no saved model"):
        load(tmp_path, bench())
    folder = saved(taught("probe.v1"), tmp_path / "probe")
    (folder / "head.safetensors").write_bytes(b"not a head")
    with pytest.raises(RegistryError, match=r"head\.safetensors: not the head"):
        load(folder, bench())
    taught("probe.v1").save(folder)
    described = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**described, "labels": LABELS[1:]}))
    with pytest.raises(RegistryError, match=r"head\.safetensors: not a head over the model's 5"):
        load(folder, bench())
    (folder / "model.json").write_text(json.dumps({**described, "format": "frozen.v9"}))
    with pytest.raises(RegistryError, match=r"frozen\.v9.*newer version"):
        load(folder, bench())


def test_a_head_on_another_base_is_refused(tmp_path: Path) -> None:
    folder = saved(taught("probe.v1"), tmp_path / "probe")
    described = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**described, "base_sha256": "0" * 64}))
    with pytest.raises(BaseModelError, match=r"has changed since .* sha256 000000000000"):
        load(folder, bench())
