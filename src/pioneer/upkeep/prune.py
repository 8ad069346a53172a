"""Delete what nothing needs any more."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from pioneer.journal.runs import RunStatus, all_runs
from pioneer.registry.versions import all_versions
from pioneer.store.artifacts import Artifacts
from pioneer.store.schema import events
from pioneer.store.schema import versions as versions_table
from pioneer.store.workspace import Workspace

_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def prune(workspace: Workspace) -> dict[str, Any]:
    """Delete artefacts that no version and no unfinished run refers to; returns what was freed."""
    keep = _needed(workspace)
    freed, count = 0, 0
    for digest in _stored(workspace.artifacts):
        if digest not in keep:
            freed += workspace.artifacts.remove(digest)
            count += 1
    return {"artifacts": count, "bytes": freed}


def drop_losers(artifacts: Artifacts, checkpoints: set[str], shipped: str) -> int:
    """Delete the weights of trials that did not ship; returns the bytes freed."""
    return sum(artifacts.remove(digest) for digest in checkpoints if digest != shipped)


def _needed(workspace: Workspace) -> set[str]:
    """Every hash that a version's card, or the journal of an unfinished run, mentions."""
    unfinished = [run.id for run in all_runs(workspace.engine) if run.status is RunStatus.RUNNING]
    with workspace.engine.connect() as connection:
        kept = {
            version.checkpoint
            for version in all_versions(connection)
            if version.checkpoint is not None
        }
        texts = [row.card for row in connection.execute(select(versions_table.c.card))]
        texts += [
            row.payload
            for row in connection.execute(
                select(events.c.payload).where(events.c.run.in_(unfinished))
            )
        ]
    named = {digest for text in texts for digest in _HASH.findall(text)}
    return named | {digest for digest in kept if digest}


def _stored(artifacts: Artifacts) -> list[str]:
    return [path.name for path in artifacts.root.glob("??/*") if _HASH.fullmatch(path.name)]
