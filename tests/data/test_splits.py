from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pioneer.data.groups import groups_of
from pioneer.data.parse import with_unique_ids
from pioneer.data.splits import DevKind, Splits, split
from pioneer.errors import DataError
from pioneer.families import family
from pioneer.records import Example, Kind
from pioneer.text.minhash import near_duplicates_across

CLASSIFICATION = family(Kind.CLASSIFICATION)


def rows(
    count: int, labels: int = 2, prefix: str = "", given_group: str = "", start: int = 0
) -> list[Example]:
    """Rows whose texts have nothing in common, labels in turn."""
    return [
        Example(
            id=f"{prefix}{number}",
            input=" ".join(
                random.Random(f"{prefix}{number}{i}").randbytes(4).hex() for i in range(4)
            ),
            target=f"label {number % labels}",
            group=given_group,
        )
        for number in range(start, start + count)
    ]


@st.composite
def data_sets(draw: st.DrawFn) -> dict[str, list[Example]]:
    """Parts of any size, with twins, repeats, given groups and rows that leak across parts."""
    labels = draw(st.integers(2, 5))
    pool = rows(draw(st.integers(12, 60) | st.just(130)), labels)
    twins = draw(st.lists(st.sampled_from(pool), max_size=20))
    pool += [replace(row, id=f"t{n}", input=row.input + " x") for n, row in enumerate(twins)]
    repeats = draw(st.lists(st.sampled_from(pool), max_size=10))
    pool += [replace(row, id=f"r{n}") for n, row in enumerate(repeats)]
    tied = draw(st.sets(st.sampled_from(range(len(pool))), max_size=5))
    pool = [replace(row, group="tied") if n in tied else row for n, row in enumerate(pool)]
    parts = {draw(st.sampled_from(["train", "all"])): pool}
    for part in draw(st.sets(st.sampled_from(["validation", "test"]))):
        leaked = draw(st.lists(st.sampled_from(pool[:10]), max_size=3))
        parts[part] = rows(draw(st.integers(1, 10)), labels, prefix=part) + [
            replace(row, id=f"{part} leak {n}", input=row.input + " y")
            for n, row in enumerate(leaked)
        ]
    return parts


def try_split(parts: dict[str, list[Example]], seed: int = 0) -> Splits | None:
    """None where so few groups are left that refusing is right."""
    try:
        return split(parts, CLASSIFICATION, seed)
    except DataError:
        groups = groups_of([row for part in parts.values() for row in part])
        judged = {groups[row.id] for p in ("validation", "test") for row in parts.get(p, [])}
        free = {groups[row.id] for p in ("train", "all") for row in parts.get(p, [])} - judged
        assert len(free) < 12
        return None


@settings(max_examples=60, deadline=None)
@given(data_sets())
def test_every_row_is_on_one_side_and_no_group_on_two(parts: dict[str, list[Example]]) -> None:
    found = try_split(parts)
    if found is None:
        return
    every = {row.id: row for part in parts.values() for row in part}
    held = found.dev if found.dev_kind is DevKind.HOLDOUT else ()
    left_out = [str(repair.row_id) for repair in found.repairs]
    assert sorted([*found.train, *held, *found.test, *left_out]) == sorted(every)

    def groups(ids: tuple[str, ...]) -> set[str]:
        return {found.groups[id_] for id_ in ids}

    assert not groups(found.train) & groups(found.test)
    assert not groups(found.train) & groups(held)
    both = groups(found.dev) & groups(found.test)
    assert not both or (found.dev_shipped and found.test_shipped)
    assert {found.groups[id_] for id_ in found.leaks.dev_in_test} == both
    texts = [every[id_].input for id_ in found.train]
    assert not near_duplicates_across(texts, [every[id_].input for id_ in found.test])
    assert found.leaks.remaining == 0


@settings(max_examples=60, deadline=None)
@given(data_sets())
def test_shipped_parts_stay_as_they_are(parts: dict[str, list[Example]]) -> None:
    found = try_split(parts)
    if found is None:
        return
    for part, side, shipped in (
        ("test", found.test, found.test_shipped),
        ("validation", found.dev, found.dev_shipped),
    ):
        assert shipped == (part in parts)
        if shipped:
            assert side == tuple(sorted(row.id for row in parts[part]))
    judged = {leak.train for leak in found.leaks.found}
    assert judged == {r.row_id for r in found.repairs if r.code.startswith("leaks_into")}


@settings(max_examples=60, deadline=None)
@given(data_sets(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    parts: dict[str, list[Example]], rng: random.Random
) -> None:
    found = try_split(parts)
    mixed = {part: rng.sample(examples, len(examples)) for part, examples in parts.items()}
    assert try_split(mixed) == found


@settings(max_examples=60, deadline=None)
@given(data_sets())
def test_folds_respect_groups_and_never_take_all_of_a_label(
    parts: dict[str, list[Example]],
) -> None:
    parts.pop("validation", None)
    found = try_split(parts)
    if found is None or found.dev_kind is DevKind.HOLDOUT:
        return
    assert set(found.dev) == set(found.folds) <= set(found.train)
    assert set(found.folds.values()) <= set(range(5))
    folds_of = defaultdict[str, set[int]](set)
    for id_, fold in found.folds.items():
        folds_of[found.groups[id_]].add(fold)
    assert all(len(numbers) == 1 for numbers in folds_of.values())
    label = {row.id: row.target for part in parts.values() for row in part}
    for fold in range(5):
        learned = {label[id_] for id_ in found.train if found.folds.get(id_) != fold}
        asked = {label[id_] for id_, number in found.folds.items() if number == fold}
        assert asked <= learned


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 90), min_size=2, max_size=6), st.integers(0, 3))
def test_labels_and_sizes(sizes: list[int], seed: int) -> None:
    """Groups of one row: every label of five is tested and learned, shares are kept."""
    pool = [
        replace(row, target=f"label {label}", id=f"{label}-{row.id}")
        for label, size in enumerate(sizes)
        for row in rows(size, prefix=f"{label} ")
    ]
    if all(size < 2 for size in sizes) or len(pool) < 12:
        return
    found = split({"all": pool}, CLASSIFICATION, seed)
    label = {row.id: row.target for row in pool}
    tested = Counter(label[id_] for id_ in found.test)
    learned = Counter(label[id_] for id_ in found.train)
    for number, size in enumerate(sizes):
        name = f"label {number}"
        assert learned[name] >= 1
        assert tested[name] >= (1 if size >= 5 else 0)
        assert tested[name] <= 0.2 * size + 1
        if size == 1:
            assert not tested[name]
            assert f"{number}-{number} 0" not in found.folds
    assert abs(len(found.test) - 0.2 * len(pool)) <= len(sizes)
    if found.dev_kind is DevKind.HOLDOUT:
        assert abs(len(found.dev) - 0.2 * len(pool)) <= len(sizes)


def test_another_seed_is_another_split_of_the_same_sizes() -> None:
    pool = rows(300)
    one, two = (split({"all": pool}, CLASSIFICATION, seed) for seed in (0, 1))
    assert one.test != two.test
    assert len(one.test) == len(two.test) == 60
    assert len(one.dev) == len(two.dev) == 60


@pytest.mark.parametrize(("count", "kind"), [(98, DevKind.OUT_OF_FOLD), (100, DevKind.HOLDOUT)])
def test_fifty_rows_a_label_are_enough_to_hold_some_out(count: int, kind: DevKind) -> None:
    found = split({"all": rows(count)}, CLASSIFICATION, 0)
    assert found.dev_kind is kind
    sizes = Counter(found.folds.values())
    assert not sizes or max(sizes.values()) - min(sizes.values()) <= 2


def test_a_leaking_row_is_left_out_and_named() -> None:
    pool, test = rows(40), rows(10, prefix="test")
    leak = replace(pool[3], input=test[2].input.upper())
    found = split({"train": [*pool[:3], leak, *pool[4:]], "test": test}, CLASSIFICATION, 0)
    assert [(one.train, one.seen, one.part) for one in found.leaks.found] == [
        ("3", "test2", "test")
    ]
    assert found.leaks.pairs_checked == 400
    assert [(r.row_id, r.action, r.code) for r in found.repairs] == [
        ("3", "dropped", "leaks_into_test")
    ]
    assert "test2" in found.repairs[0].reason


def test_repeats_are_learned_from_once_and_judged_as_often_as_they_come() -> None:
    pool = rows(200)
    repeats = [replace(row, id=f"again {row.id}") for row in pool]
    found = split({"all": pool + repeats}, CLASSIFICATION, 0)
    assert len(found.test) == len(found.dev) == 80
    assert len(found.train) == 120
    assert Counter(repair.code for repair in found.repairs) == {"repeat": 120}


def test_a_large_group_is_warned_of() -> None:
    tied = rows(20, prefix="tied", given_group="one source")
    found = split({"all": rows(400) + tied}, CLASSIFICATION, 0)
    assert any("20 rows are near-duplicates" in line for line in found.warnings)
    assert not split({"all": rows(400)}, CLASSIFICATION, 0).warnings


def test_a_label_that_cannot_be_learned_is_warned_of() -> None:
    test = [replace(row, target="news") for row in rows(5, prefix="test")]
    found = split({"train": rows(40), "test": test}, CLASSIFICATION, 0)
    assert any("'news'" in line for line in found.warnings)


def test_given_groups_are_computed_once_if_the_caller_has_them() -> None:
    pool = rows(40)
    apart = {row.id: row.id for row in pool}
    assert split({"all": pool}, CLASSIFICATION, 0, apart) == split({"all": pool}, CLASSIFICATION, 0)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"test": rows(5)}, "no rows to learn from"),
        ({"train": rows(5), "test": rows(5, prefix="")}, "every train row is"),
        ({"all": rows(1)}, "as test set"),
        ({"all": [replace(row, input="same") for row in rows(9)]}, "as test set"),
        ({"train": rows(1), "test": rows(3, prefix="t")}, "too few or too alike to hold"),
    ],
)
def test_refused(parts: dict[str, list[Example]], message: str) -> None:
    named = with_unique_ids(parts)
    with pytest.raises(DataError, match=message):
        split(named, CLASSIFICATION, 0)
