"""How long the hub may be silent."""

from __future__ import annotations

from typing import Any

PATIENCE = 5.0
"""Seconds to wait for an answer of the hub."""


def patient() -> None:
    """Give a limit to those requests to the hub that have none and would wait for ever."""
    from huggingface_hub import get_session

    hooks = get_session().event_hooks["request"]
    if _limited not in hooks:
        hooks.append(_limited)


def _limited(request: Any) -> None:
    given = request.extensions.get("timeout") or {}
    limits = {step: given.get(step) or PATIENCE for step in ("connect", "read", "write", "pool")}
    request.extensions = {**request.extensions, "timeout": limits}
