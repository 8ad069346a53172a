"""Laws of every run, whatever its data look like: what is judged was never learned from."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from pioneer.data.groups import groups_of
from pioneer.execution.job import Job
from pioneer.records import Example
from pioneer.text.minhash import near_duplicates_across
from tests.loop.helpers import FILLERS, Lived, fake_request, lived, rows, written

Row = Mapping[str, Any]


def twins(given: Sequence[Row]) -> list[Row]:
    """Near-duplicates of rows: one word more at the end."""
    return [{**row, "text": f"{row['text']} please"} for row in given]


def other(count: int, seed: int) -> list[Row]:
    """Rows that belong to no topic."""
    rng = random.Random(f"other {seed}")
    return [
        {"text": " ".join(rng.sample(FILLERS, 8)) + f" no {n}", "label": "oos"}
        for n in range(count)
    ]


def make(count: int, seed: int = 0) -> list[Row]:
    return list(rows("classification", count, seed))


def unbalanced() -> list[Row]:
    common = [row for row in make(600) if row["label"] == "food"]
    return common + [row for row in make(24, 1) if row["label"] != "food"]


SHAPES: dict[str, Mapping[str, Sequence[Row]]] = {
    "one file": {"all": make(240) + twins(make(50)) + make(20)},
    "few rows": {"all": make(75) + twins(make(20))},
    "dev shipped": {"train": make(160) + twins(make(9, 2)), "validation": make(60, 2)},
    "test shipped": {"train": make(180) + twins(make(12, 3)), "test": make(60, 3)},
    "both shipped": {
        "train": make(150) + twins(make(9, 2)) + make(6, 3),
        "validation": make(45, 2) + twins(make(12, 3)),
        "test": make(45, 3),
    },
    "few rows, test shipped": {"train": make(60) + twins(make(10)), "test": make(30, 3)},
    "given groups": {"all": [{**row, "group": f"g{n // 4}"} for n, row in enumerate(make(240))]},
    "two labels": {"all": [row for row in make(330) if row["label"] != "food"]},
    "unbalanced": {"all": unbalanced()},
    "out of scope": {"all": make(210) + other(70, 0) + twins(other(20, 0))},
}


@cache
def life(shape: str) -> Lived:
    with TemporaryDirectory() as place:
        data = written(Path(place) / "d", SHAPES[shape])
        return lived(Path(place) / "w", fake_request(data, "classification", max_trials=4))


every_shape = pytest.mark.parametrize("shape", SHAPES)


def trainings(run: Lived) -> Iterator[tuple[Job, list[Example], list[Example]]]:
    """Every fit of every job: what it learned from, and what it was judged on or asked for."""
    for job in run.jobs:
        train = list(run.rows[job.train])
        if job.inspect:
            for fold in sorted(set(run.folds.values())):
                held = [row for row in train if run.folds.get(row.id) == fold]
                yield job, [row for row in train if run.folds.get(row.id) != fold], held
        elif job.fold is not None:
            held = [row for row in train if run.folds.get(row.id) == job.fold]
            yield job, [row for row in train if run.folds.get(row.id) != job.fold], held
        elif job.checkpoint is None:
            yield job, train, list(run.rows[job.score]) if job.score else []


def groups(examples: Sequence[Example]) -> set[str]:
    return {row.group for row in examples}


@every_shape
def test_no_fit_learned_from_a_group_that_it_is_judged_on(shape: str) -> None:
    run = life(shape)
    count = 0
    for _, learned, judged in trainings(run):
        assert not groups(learned) & groups(judged)
        texts = [row.input for row in learned]
        assert not near_duplicates_across(texts, [row.input for row in judged])
        count += bool(judged)
    assert count >= 4


@every_shape
def test_only_the_refit_sees_groups_of_dev_and_test(shape: str) -> None:
    run, prepared = life(shape), life(shape).prepared
    test = groups(run.rows[prepared.test])
    dev = groups(run.rows[prepared.dev]) if prepared.dev else set()
    refits = 0
    for job, learned, _ in trainings(run):
        if job.train == prepared.refit != prepared.train:
            refits += 1
            continue
        assert job.train == prepared.train
        assert not groups(learned) & test
        assert not groups(learned) & dev
    assert refits == (prepared.refit != prepared.train)


@every_shape
def test_a_shipped_test_is_not_in_the_refit_and_every_other_row_is(shape: str) -> None:
    run, prepared = life(shape), life(shape).prepared
    refit, test = run.rows[prepared.refit], run.rows[prepared.test]
    dev = run.rows[prepared.dev] if prepared.dev else ()
    if "test" in SHAPES[shape]:
        assert not groups(refit) & groups(test)
        assert not near_duplicates_across([r.input for r in refit], [r.input for r in test])
        expected = {row.id for row in (*run.rows[prepared.train], *dev)}
        expected -= {row.id for row in dev if row.group in groups(test)}
    else:
        expected = {row.id for row in (*run.rows[prepared.train], *dev, *test)}
    assert {row.id for row in refit} == expected
    assert prepared.rows_all == len(refit)


@every_shape
def test_the_test_is_scored_once_after_the_reading_is_on_record(shape: str) -> None:
    run, prepared = life(shape), life(shape).prepared
    readings = [entry for entry in run.entries if entry.name == "unsealed"]
    assert [entry.payload["manifest"] for entry in readings] == [prepared.test]
    trials = [entry.seq for entry in run.entries if entry.name == "trial"]
    assert readings[0].seq > max(trials)
    scoring = [
        sealed
        for job, sealed in zip(run.jobs, run.sealed, strict=True)
        if job.score == prepared.test
    ]
    assert scoring == [False]
    asked = [job for job in run.jobs if job.ask == prepared.test]  # names slices; sees no label
    assert all(job.score is None for job in asked)
    score = run.outcome.scores["test"]
    assert score.n == prepared.rows_test == len(run.rows[prepared.test])


@every_shape
def test_dev_and_test_are_what_was_shipped_or_carved(shape: str) -> None:
    run, prepared, parts = life(shape), life(shape).prepared, SHAPES[shape]
    few = shape.startswith("few") or shape == "unbalanced"  # half of its labels have 8 rows
    assert prepared.out_of_fold == few
    for part, digest in (("validation", prepared.dev), ("test", prepared.test)):
        if part in parts and digest:
            shipped = sorted(str(row["text"]) for row in parts[part])
            assert sorted(row.input for row in run.rows[digest]) == shipped
    if "test" not in parts:
        share = len(run.rows[prepared.test]) / sum(map(len, parts.values()))
        assert 0.1 < share < 0.3
        assert {row.target for row in run.rows[prepared.test]} == set(prepared.task.labels)
    judged = run.rows[prepared.train] if few else run.rows[str(prepared.dev)]
    assert run.outcome.scores["dev"].n <= len(judged)
    if few:
        assert run.outcome.scores["dev"].n == len(run.folds) > 0.9 * len(judged)


@every_shape
def test_groups_are_those_of_the_texts(shape: str) -> None:
    """The groups in the manifests tie together what a fresh look finds alike."""
    run, prepared = life(shape), life(shape).prepared
    every = {row.id: row for row in (*run.rows[prepared.refit], *run.rows[prepared.test])}
    bare = [Example(row.id, row.input, row.target) for row in every.values()]
    together: dict[str, set[str]] = {}
    for name, group in groups_of(bare).items():
        together.setdefault(group, set()).add(every[name].group)
    assert all(len(found) == 1 for found in together.values())
