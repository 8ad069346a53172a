"""What the family offers for a version that serves, as far as the user wants it."""

from __future__ import annotations

from dataclasses import replace

from pioneer.errors import RecipeError
from pioneer.families import family
from pioneer.families.base import Space
from pioneer.loop.request import Improve
from pioneer.registry.versions import Version


def offer(request: Improve, version: Version, rows: int) -> Space:
    """For the version's own base and so many train rows. Raises RecipeError for a strategy that is
    wanted but not known."""
    task, base = version.card.task, version.card.recipe.base
    space = family(task.kind).space(task, (base,), rows, served=True)
    wanted = set(request.strategies)
    if not wanted:
        return space
    chosen = tuple(one for one in space.strategies if one.name in wanted)
    if len(chosen) < len(wanted):
        known = ", ".join(one.name for one in space.strategies)
        raise RecipeError(f"--strategy takes {known}, but got {', '.join(request.strategies)}")
    return replace(space, strategies=chosen)
