"""A linear head over embeddings: weights as arrays, and the softmax that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pioneer.errors import RegistryError
from pioneer.records import Prediction

Floats: TypeAlias = NDArray[np.float32]

UNSEEN = -30.0
"""Logit of a label that no row taught: possible, but never the answer."""


@dataclass(frozen=True, slots=True)
class Head:
    """logits = vectors @ weight.T + bias."""

    weight: Floats
    """[labels, hidden]"""
    bias: Floats
    """[labels]"""

    def probabilities(self, vectors: Floats) -> Floats:
        """[rows, hidden] -> [rows, labels]; rows sum to 1.

        In double precision: BLAS adds up in another order for other numbers of rows, and rounding
        to single precision hides it, so that a row's answer does not depend on its company.
        """
        return softmax(vectors.astype(np.float64) @ self.weight.astype(np.float64).T + self.bias)


def softmax(logits: NDArray[np.floating]) -> Floats:
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: Floats = (shifted / shifted.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def predictions(probabilities: Floats, labels: Sequence[str]) -> list[Prediction]:
    """Each row's labels with their probabilities, best first; ties in label order."""
    orders = np.argsort(-probabilities, axis=1, kind="stable")
    found = []
    for row, order in zip(probabilities.tolist(), orders.tolist(), strict=True):
        ranked = tuple((labels[index], row[index]) for index in order)
        found.append(Prediction(output=ranked[0][0], confidence=ranked[0][1], ranked=ranked))
    return found


def save_head(head: Head, file: Path) -> None:
    from safetensors.numpy import save_file

    arrays = {"weight": head.weight, "bias": head.bias}
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, str(file))


def load_head(file: Path, labels: Sequence[str]) -> Head:
    """Raises RegistryError if the file is missing, or is no head over these labels."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(str(file))
        head = Head(arrays["weight"], arrays["bias"])
    except (OSError, SafetensorError, KeyError) as error:
        raise RegistryError("not the head of a model", file=str(file)) from error
    if head.weight.ndim != 2 or not len(head.weight) == len(head.bias) == len(labels):
        raise RegistryError(f"not a head over the model's {len(labels)} labels", file=str(file))
    return head
