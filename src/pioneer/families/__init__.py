"""One folder per kind of task; see `families.base.Family`."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from pioneer.families.base import Family
from pioneer.records import Kind

__all__ = ["families", "family"]


@cache
def family(kind: Kind) -> Family:
    """The family of a kind. Each folder names its own `FAMILY`."""
    found: Family = import_module(f"pioneer.families.{kind.value}").FAMILY
    return found


def families() -> tuple[Family, ...]:
    return tuple(family(kind) for kind in Kind)
