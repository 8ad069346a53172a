"""Choose the served version, and delete one that is not served."""

from __future__ import annotations

from typing import Any

from pioneer.errors import RegistryError
from pioneer.registry import versions
from pioneer.store.workspace import Workspace
from pioneer.upkeep.prune import drop


def promote(workspace: Workspace, model: str, force: bool, reason: str) -> dict[str, Any]:
    """Serve a version. One that its gate held back needs `force` and a reason."""
    with workspace.engine.begin() as connection:
        version = versions.find(connection, model)
        held = version.card.decision != "promoted"
        if held and not (force and reason.strip()):
            raise RegistryError(
                f"the gate did not promote {version.label}: {version.card.reason}",
                hint="`--force --reason TEXT` serves it all the same, and is recorded",
            )
        versions.promote(connection, version, "forced" if held else "manual", reason)
        return _served(workspace, version)


def rollback(workspace: Workspace, name: str, reason: str) -> dict[str, Any]:
    """Serve again what was served before."""
    with workspace.engine.begin() as connection:
        return _served(workspace, versions.rollback(connection, name, reason))


def delete(workspace: Workspace, model: str) -> dict[str, Any]:
    """Delete the weights of a version that is not served, unless something else needs them."""
    with workspace.engine.begin() as connection:
        version = versions.find(connection, model)
        versions.delete(connection, version)
    freed = 0 if version.checkpoint is None else drop(workspace, [version.checkpoint])
    return {"name": version.name, "version": version.version, "bytes": freed}


def _served(workspace: Workspace, version: versions.Version) -> dict[str, Any]:
    """What is printed. Raises StoreError, before the promotion counts, for damaged weights."""
    if version.checkpoint is not None:
        workspace.artifacts.folder(version.checkpoint)
    return {"name": version.name, "version": version.version, "promoted": True}
