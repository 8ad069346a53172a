"""Adapt small language models to a task, and keep them good in production."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pioneer.api import Diagnosis, Model, Outcome, cold_start, diagnose, improve, load
    from pioneer.errors import PioneerError

__version__ = "0.1.0"
__all__ = [
    "Diagnosis",
    "Model",
    "Outcome",
    "PioneerError",
    "__version__",
    "cold_start",
    "diagnose",
    "improve",
    "load",
]


def __getattr__(name: str) -> Any:
    """Public names load on first use: `import pioneer` starts nothing heavy."""
    if name == "PioneerError":
        from pioneer.errors import PioneerError

        return PioneerError
    if name in __all__:
        return getattr(import_module("pioneer.api"), name)
    raise AttributeError(f"module 'pioneer' has no attribute {name!r}")
