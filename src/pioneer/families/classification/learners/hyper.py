"""A recipe's hyperparameters, read and refused in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pioneer.errors import RecipeError
from pioneer.families.base import Strategy
from pioneer.records import Recipe, Scalar


def settings(recipe: Recipe, strategy: Strategy) -> Mapping[str, Scalar]:
    """The strategy's defaults with the recipe's own values over them.

    Raises RecipeError for a knob that the strategy does not have.
    """
    defaults = strategy.defaults()
    unknown = sorted(set(recipe.hyper) - set(defaults))
    if unknown:
        known = ", ".join(defaults) or "none"
        raise RecipeError(f"{strategy.name} has no knob {unknown[0]!r}", hint=f"it has: {known}")
    return {**defaults, **recipe.hyper}


def positive(values: Mapping[str, Scalar], name: str) -> float:
    """A number above zero."""
    value = real(values, name)
    if value <= 0:
        raise RecipeError(f"{name} must be above 0, but got {value}")
    return value


def share(values: Mapping[str, Scalar], name: str) -> float:
    """A number from 0 to 1."""
    value = real(values, name)
    if not 0 <= value <= 1:
        raise RecipeError(f"{name} must be from 0 to 1, but got {value}")
    return value


def count(values: Mapping[str, Scalar], name: str) -> int:
    """A whole number of at least 1."""
    value = real(values, name)
    if value != int(value) or value < 1:
        raise RecipeError(f"{name} must be a whole number of at least 1, but got {value}")
    return int(value)


def whole(values: Mapping[str, Scalar], name: str) -> int:
    """A whole number of at least 0."""
    value = real(values, name)
    if value != int(value) or value < 0:
        raise RecipeError(f"{name} must be a whole number of at least 0, but got {value}")
    return int(value)


def real(values: Mapping[str, Scalar], name: str) -> float:
    """A finite number."""
    value = values[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RecipeError(f"{name} must be a number, but got {value!r}")
    return float(value)
