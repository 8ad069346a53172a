"""How rows of tokens are put together."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from pioneer.encoding.batches import BATCH_TOKENS, alike, equal_lengths, padded
from pioneer.encoding.tokens import Tokens

PLACE = torch.device("cpu")
FEW = 16
rows_ = st.lists(st.lists(st.integers(0, 30_000), min_size=1, max_size=12), min_size=1, max_size=40)


def tokens(rows: list[list[int]]) -> list[Tokens]:
    return [np.array(row, np.int32) for row in rows]


@given(rows_)
def test_padding_loses_nothing_and_marks_what_is_real(rows: list[list[int]]) -> None:
    ids, mask = padded(tokens(rows), PLACE)
    assert ids.shape == (len(rows), max(map(len, rows)))
    assert ids.dtype == torch.int64
    real = torch.ones_like(ids) if mask is None else mask
    assert real.sum(1).tolist() == [len(row) for row in rows]
    assert [line[seen.bool()].tolist() for line, seen in zip(ids, real, strict=True)] == rows
    assert not ids[real == 0].any()


@given(rows_)
def test_there_is_a_mask_only_where_something_is_padded(rows: list[list[int]]) -> None:
    _, mask = padded(tokens(rows), PLACE)
    assert (mask is None) == (len(set(map(len, rows))) == 1)


@given(st.lists(st.sampled_from([1, 3, 12, 64, 256, 5000]), max_size=400), st.integers(1, 4))
def test_batches_of_equal_length_hold_every_row_in_companies_of_their_size(
    lengths: list[int], threads: int
) -> None:
    rows = [np.zeros(length, np.int32) for length in lengths]
    batches = list(equal_lengths(rows, threads))
    assert sorted({row for batch in batches for row in batch}) == list(range(len(rows)))
    for batch in batches:
        length = lengths[batch[0]]
        assert {lengths[row] for row in batch} == {length}
        assert len(batch) >= 2
        assert len(batch) * length >= FEW
        once = len(set(batch))
        assert once <= 2 or once * length <= BATCH_TOKENS
        assert batch == batch[:once] * (len(batch) // once)
        assert len(batch) == once or (once < 2 or once * length < FEW)
        assert len(batch) < once + max(2, FEW)


@given(st.lists(st.integers(1, 512), min_size=1, max_size=64))
def test_parts_of_a_batch_hold_every_row_once_among_rows_alike(lengths: list[int]) -> None:
    parts = alike(lengths)
    assert sorted(row for part in parts for row in part) == list(range(len(lengths)))
    for part in parts:
        longest = max(lengths[row] for row in part)
        assert longest <= 32 or longest < 2 * min(lengths[row] for row in part)
    assert len(parts) <= 1 + 4


def test_no_rows_are_no_batches() -> None:
    assert list(equal_lengths([], 1)) == []
