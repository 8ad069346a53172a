"""In which order rows are met: laws of an epoch."""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pioneer.training import in_pairs, shuffled

POOL = 8
lengths_ = st.lists(st.integers(1, 256), max_size=300)
sizes = st.integers(1, 33)
seeds = st.integers(0, 2**32)
labels_ = st.lists(st.integers(0, 6), min_size=1, max_size=120)


@given(lengths=lengths_, size=sizes, seed=seeds)
def test_every_row_comes_once_in_an_epoch(lengths: list[int], size: int, seed: int) -> None:
    batches = shuffled(lengths, size)(random.Random(seed))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert len(batches) == math.ceil(len(lengths) / size)
    assert sorted(map(len, batches))[1:] == [size] * (len(batches) - 1)


@given(lengths=st.lists(st.integers(1, 256), max_size=POOL * 5), seed=seeds)
def test_batches_of_a_pool_are_of_lengths_that_do_not_overlap(
    lengths: list[int], seed: int
) -> None:
    batches = shuffled(lengths, 5)(random.Random(seed))
    spans = sorted((min(span), max(span)) for span in [[lengths[r] for r in b] for b in batches])
    assert all(high <= low for (_, high), (low, _) in pairwise(spans))


def test_little_is_padded() -> None:
    rng = random.Random(0)
    lengths = [rng.randint(4, 40) for _ in range(1500)]

    def padded(batches: list[list[int]]) -> float:
        return sum(len(b) * max(lengths[row] for row in b) for b in batches) / sum(lengths) - 1

    batches = shuffled(lengths, 32)(random.Random(1))
    rows = rng.sample(range(1500), 1500)
    assert padded(batches) < 0.12
    assert padded([rows[at : at + 32] for at in range(0, 1500, 32)]) > 0.5


@given(lengths=lengths_, size=sizes, seed=seeds)
def test_equal_generators_draw_equal_epochs(lengths: list[int], size: int, seed: int) -> None:
    epoch = shuffled(lengths, size)
    assert epoch(random.Random(seed)) == epoch(random.Random(seed))


def test_epochs_differ_in_order_and_in_company() -> None:
    chance = random.Random(0)
    epoch = shuffled([7] * 64, 8)
    first, second = epoch(chance), epoch(chance)
    assert first != second
    assert {frozenset(batch) for batch in first} != {frozenset(batch) for batch in second}


def test_long_batches_do_not_stand_together() -> None:
    order = [max(batch) for batch in shuffled(range(256), 32)(random.Random(0))]
    assert order != sorted(order)
    assert order != sorted(order, reverse=True)


@given(labels=labels_, size=st.integers(1, 40), seed=seeds)
def test_pairs_fill_a_batch_with_equal_shares_of_as_many_labels_as_go_in(
    labels: list[int], size: int, seed: int
) -> None:
    batches = in_pairs(labels, size)(random.Random(seed))
    kinds = max(1, min(len(set(labels)), size // 2))
    assert len(batches) == math.ceil(len(labels) / size)
    for batch in batches:
        met = Counter(labels[row] for row in batch)
        assert len(met) == kinds
        assert set(met.values()) == {size // kinds}
        assert size < 2 or min(met.values()) >= 2


@given(labels=labels_, size=st.integers(2, 40), seed=seeds)
def test_pairs_repeat_a_row_only_where_its_label_has_too_few(
    labels: list[int], size: int, seed: int
) -> None:
    have = Counter(labels)
    for batch in in_pairs(labels, size)(random.Random(seed)):
        wanted = Counter(labels[row] for row in batch)
        for row, times in Counter(batch).items():
            assert times <= math.ceil(wanted[labels[row]] / have[labels[row]])


def test_pairs_meet_rare_labels_as_often_as_frequent_ones() -> None:
    labels = [0] * 900 + [1] * 60 + [2] * 30 + [3] * 10
    chance = random.Random(0)
    epoch = in_pairs(labels, 4)
    met = Counter(labels[row] for _ in range(8) for batch in epoch(chance) for row in batch)
    assert max(met.values()) < 1.15 * min(met.values())


@given(labels=labels_, size=st.integers(1, 40), seed=seeds)
def test_equal_generators_draw_equal_pairs(labels: list[int], size: int, seed: int) -> None:
    epoch = in_pairs(labels, size)
    assert epoch(random.Random(seed)) == epoch(random.Random(seed))
