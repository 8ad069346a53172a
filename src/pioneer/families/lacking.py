"""Finding a learner by name, where a kind has no learner with weights yet."""

from __future__ import annotations

from collections.abc import Mapping

from pioneer.errors import RecipeError
from pioneer.families.base import Learner
from pioneer.records import Kind

_HINT = "--base fake runs the whole loop without weights"


def chosen(learners: Mapping[str, Learner], strategy: str, kind: Kind) -> Learner:
    """The learner of that name. Raises RecipeError naming those that the kind has."""
    if strategy not in learners:
        names = ", ".join(learners)
        raise RecipeError(f"{kind.value} has no strategy {strategy!r}, only {names}", hint=_HINT)
    return learners[strategy]


def no_weights(kind: Kind, base: str) -> RecipeError:
    return RecipeError(f"{kind.value} cannot be learned on base {base!r} yet", hint=_HINT)
