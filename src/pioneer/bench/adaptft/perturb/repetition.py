"""Calls that are made more than once. Each gives the copies that follow the call itself."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeAlias

Copies: TypeAlias = Callable[[str, random.Random], tuple[str, ...]]
"""The text as it was logged, and chance -> the texts that are logged after it."""

_STORM = (3, 8)
"""Copies of a retry storm, the call itself not counted."""
_CLOSE = (
    lambda text: text + ".", lambda text: text + " please", lambda text: text.capitalize() + "?",
    lambda text: text.replace(" ", "  ", 1) + " ", lambda text: "ok, " + text,
    lambda text: text.upper() if text.islower() else text.lower() + "!",
)  # fmt: skip


def retry_storm(text: str, rng: random.Random) -> tuple[str, ...]:
    """Three to eight copies."""
    return (text,) * rng.randint(*_STORM)


def near_duplicate(text: str, rng: random.Random) -> tuple[str, ...]:
    """Once more, all but the same."""
    return (rng.choice(_CLOSE)(text),)


def exact_duplicate(text: str, rng: random.Random) -> tuple[str, ...]:  # noqa: ARG001
    return (text,)
