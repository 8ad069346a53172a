"""Heads and losses against hand-made values and against the libraries that have them too."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from torch import Tensor
from torch.nn import functional

from pioneer.families.classification.learners.centres import SHARPNESS, centres
from pioneer.families.classification.learners.contrastive import pull_together
from pioneer.families.classification.learners.head import (
    UNSEEN,
    Floats,
    Head,
    load_head,
    predictions,
    save_head,
    softmax,
)
from pioneer.families.classification.learners.nearest_name import words
from pioneer.families.classification.learners.probe import logistic_head

seeds = st.integers(0, 2**16)


def some(rows: int, columns: int, seed: int = 0, unit: bool = False) -> Floats:
    array = np.random.default_rng(seed).standard_normal((rows, columns)).astype(np.float32)
    return array / np.linalg.norm(array, axis=1, keepdims=True) if unit else array


def naive(vectors: Tensor, labels: list[int], temperature: float) -> float:
    """Supervised contrastive loss, as its formula reads: a loop in a loop."""
    unit = [vector / vector.norm() for vector in vectors.double()]
    losses = []
    for i, anchor in enumerate(unit):
        alike = [j for j in range(len(unit)) if j != i and labels[j] == labels[i]]
        if not alike:
            continue
        others = [j for j in range(len(unit)) if j != i]
        total = sum(math.exp(float(anchor @ unit[j]) / temperature) for j in others)
        terms = [math.log(math.exp(float(anchor @ unit[j]) / temperature) / total) for j in alike]
        losses.append(-sum(terms) / len(alike))
    return sum(losses) / len(losses) if losses else 0.0


@given(
    labels=st.lists(st.integers(0, 3), min_size=1, max_size=9),
    temperature=st.sampled_from([0.05, 0.1, 0.5, 1.0]),
    seed=seeds,
)
def test_contrastive_loss_is_its_formula(labels: list[int], temperature: float, seed: int) -> None:
    vectors = torch.from_numpy(some(len(labels), 5, seed))
    found = pull_together(vectors, torch.tensor(labels), temperature)
    assert float(found) == pytest.approx(naive(vectors, labels, temperature), rel=1e-4, abs=1e-5)


def test_contrastive_loss_by_hand() -> None:
    east, north = [1.0, 0.0], [0.0, 1.0]
    vectors = torch.tensor([east, east, north], requires_grad=True)
    loss = pull_together(vectors, torch.tensor([0, 0, 1]), 1.0)
    expected = -math.log(math.e / (math.e + 1))  # of two rows; the third has no company
    assert loss.item() == pytest.approx(expected)
    alone = pull_together(vectors, torch.tensor([0, 1, 2]), 1.0)
    alone.backward()  # type: ignore[no-untyped-call]
    assert alone.item() == 0.0
    assert vectors.grad is not None
    assert not vectors.grad.any()


@given(seeds)
def test_contrastive_loss_does_not_see_lengths_or_order(seed: int) -> None:
    vectors, labels = torch.from_numpy(some(6, 4, seed)), torch.tensor([0, 1, 0, 1, 2, 2])
    loss = pull_together(vectors, labels, 0.1)
    assert float(pull_together(vectors * 3.5, labels, 0.1)) == pytest.approx(float(loss), rel=1e-4)
    order = torch.tensor([5, 3, 1, 0, 2, 4])
    again = pull_together(vectors[order], labels[order], 0.1)
    assert float(again) == pytest.approx(float(loss), rel=1e-4)


def test_contrastive_loss_has_the_slope_that_finite_differences_say() -> None:
    vectors = torch.from_numpy(some(5, 3)).double()
    labels = torch.tensor([0, 0, 1, 1, 1])
    leaf = vectors.clone().requires_grad_()
    pull_together(leaf, labels, 0.5).backward()  # type: ignore[no-untyped-call]
    assert leaf.grad is not None
    step = 1e-3
    for row, column in ((0, 0), (2, 1), (4, 2)):
        moved = torch.zeros_like(vectors)
        moved[row, column] = step
        rise = naive(vectors + moved, labels.tolist(), 0.5)
        fall = naive(vectors - moved, labels.tolist(), 0.5)
        assert float(leaf.grad[row, column]) == pytest.approx((rise - fall) / (2 * step), abs=1e-4)


@given(seeds, st.integers(1, 40), st.integers(1, 6))
def test_softmax_is_torch_s(seed: int, rows: int, labels: int) -> None:
    logits = some(rows, labels, seed) * 20
    theirs = functional.softmax(torch.from_numpy(logits).double(), -1).numpy()
    assert softmax(logits) == pytest.approx(theirs, abs=1e-6)


def test_softmax_bears_huge_logits() -> None:
    assert softmax(np.array([[1e4, -1e4, 1e4]], np.float32)).tolist() == [[0.5, 0.0, 0.5]]


@given(seeds, st.integers(2, 200), st.integers(1, 30))
def test_a_row_s_probabilities_do_not_depend_on_its_company(
    seed: int, rows: int, labels: int
) -> None:
    vectors, head = some(rows, 384, seed, unit=True), Head(some(labels, 384), some(1, labels)[0])
    together = head.probabilities(vectors)
    assert np.array_equal(head.probabilities(vectors[:1]), together[:1])
    assert np.array_equal(head.probabilities(vectors[::2]), together[::2])


def test_ties_are_broken_in_the_order_of_labels() -> None:
    said = predictions(np.array([[0.25, 0.5, 0.25], [0.4, 0.2, 0.4]], np.float32), ["b", "a", "c"])
    assert [label for label, _ in said[0].ranked] == ["a", "b", "c"]
    assert said[1].output == "b"


def test_centres_by_hand() -> None:
    vectors = np.array([[1, 0], [0, 1], [1, 0]], np.float32)
    head = centres(vectors, np.array([0, 0, 2]), labels=3)
    half = SHARPNESS * math.sqrt(0.5)
    assert head.weight == pytest.approx(np.array([[half, half], [0, 0], [SHARPNESS, 0]]))
    assert head.bias.tolist() == [0.0, UNSEEN, 0.0]


def test_centres_that_cancel_out_are_no_error() -> None:
    vectors = np.array([[1, 0], [-1, 0]], np.float32)
    assert np.isfinite(centres(vectors, np.array([0, 0]), labels=1).weight).all()


@pytest.mark.parametrize("labels", [2, 3, 7])
def test_the_logistic_head_is_scikit_learn_s(labels: int) -> None:
    vectors, numbers = some(60, 8, seed=labels, unit=True), np.arange(60) % labels
    theirs = LogisticRegression(C=4.0, max_iter=1000).fit(vectors.astype(np.float64), numbers)
    ours = logistic_head(vectors, numbers, labels, 4.0)
    fresh = some(20, 8, seed=99, unit=True)
    assert ours.probabilities(fresh) == pytest.approx(theirs.predict_proba(fresh), abs=1e-5)


def test_a_label_without_rows_is_possible_but_never_the_answer() -> None:
    vectors, numbers = some(30, 8, unit=True), np.array([0, 2] * 15)
    shares = logistic_head(vectors, numbers, 3, 1.0).probabilities(some(50, 8, 5, unit=True))
    assert (shares[:, 1] > 0).all()
    assert (shares[:, 1] < 1e-9).all()
    only = logistic_head(vectors, np.full(30, 1), 3, 1.0).probabilities(vectors)
    assert (only.argmax(1) == 1).all()


@given(seeds, st.integers(1, 5), st.integers(0, 5))
def test_a_head_comes_back_as_it_was(seed: int, labels: int, hidden: int) -> None:
    import tempfile

    head = Head(some(labels, hidden, seed), some(1, labels, seed)[0])
    with tempfile.TemporaryDirectory() as folder:
        save_head(head, Path(folder) / "head.safetensors")
        back = load_head(Path(folder) / "head.safetensors", ["x"] * labels)
    assert np.array_equal(back.weight, head.weight)
    assert np.array_equal(back.bias, head.bias)


def test_a_view_of_a_larger_array_is_saved_as_it_reads(tmp_path: Path) -> None:
    large = some(4, 6)
    save_head(Head(large[::2, ::3], large[0, :2]), tmp_path / "head.safetensors")
    back = load_head(tmp_path / "head.safetensors", ["a", "b"])
    assert np.array_equal(back.weight, large[::2, ::3])


@pytest.mark.parametrize(
    ("label", "read"),
    [
        ("PlayMusic", "play music"),
        ("play_music", "play music"),
        ("play-music", "play music"),
        ("HTTPError", "http error"),
        ("  spam ", "spam"),
        ("déjà_vu", "déjà vu"),
        ("4xx", "4xx"),
        ("???", "???"),
        ("", ""),
    ],
)
def test_a_label_s_name_is_read_as_words(label: str, read: str) -> None:
    assert words(label) == read
