"""Shares of a log of which only a sample was looked at; its rows carry weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pioneer.evaluation.intervals import wilson


def share(marked: Sequence[bool], weights: Sequence[float]) -> tuple[float, tuple[float, float]]:
    """The weighted share of the marked rows, with its 95 % interval.

    Wilson's, for as many rows as would be as sure: with weights of 1 the rows themselves, else
    fewer, by the linearised variance of a ratio under Poisson sampling (Särndal, Swensson and
    Wretman 1992, section 5.6), in which a row that stands for many is worth no more than one.
    """
    if not len(weights):
        return 0.0, (0.0, 1.0)
    own, flags = np.asarray(weights, dtype=float), np.asarray(marked, dtype=float)
    total = float(own.sum())
    found = min(1.0, float(own @ flags) / total)  # two ways to add up may differ in the last bit
    inside = found * (1 - found)
    if inside < 1e-12:
        return found, wilson(found * (rows := effective(weights)), rows)
    drawn = float((own * (own - 1) * (flags - found) ** 2).sum()) / total**2
    rows = inside / (inside / total + max(0.0, drawn))
    return found, wilson(found * rows, rows)


def effective(weights: Sequence[float]) -> float:
    """How many rows of equal weight are as sure as these (Kish)."""
    own = np.asarray(weights, dtype=float)
    return float(own.sum() ** 2 / (own**2).sum()) if len(own) else 0.0
