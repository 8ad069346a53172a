"""Delete what nothing needs any more."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from pioneer.journal.runs import RunStatus, all_runs
from pioneer.registry.versions import all_versions
from pioneer.store.artifacts import Artifacts
from pioneer.store.schema import audits, events
from pioneer.store.schema import versions as versions_table
from pioneer.store.workspace import Workspace

_HASH = re.compile(r"\b[0-9a-f]{64}\b")


def prune(workspace: Workspace) -> dict[str, Any]:
    """Delete artefacts that no version and no open run refers to; returns what was freed."""
    return _drop(workspace, _stored(workspace.artifacts))


def drop(workspace: Workspace, artifacts: Iterable[str]) -> int:
    """Delete those of the artefacts that nothing else needs; returns the bytes freed.

    Equal content is one artefact, so what a run made and did not ship may be another's weights.
    """
    freed: int = _drop(workspace, artifacts)["bytes"]
    return freed


def _drop(workspace: Workspace, artifacts: Iterable[str]) -> dict[str, Any]:
    unneeded = sorted(set(artifacts) - _needed(workspace))
    freed = [workspace.artifacts.remove(digest) for digest in unneeded]
    return {"artifacts": len(freed), "bytes": sum(freed)}


def _needed(workspace: Workspace) -> set[str]:
    """Every hash that a card of a version, an audit record, or the journal of an open run
    mentions."""
    resumable = (RunStatus.RUNNING, RunStatus.FAILED)
    unfinished = [run.id for run in all_runs(workspace.engine) if run.status in resumable]
    with workspace.engine.connect() as connection:
        kept = {version.checkpoint for version in all_versions(connection) if version.checkpoint}
        texts = list(connection.execute(select(versions_table.c.card)).scalars())
        texts += connection.execute(select(audits.c.record)).scalars()
        texts += [
            row.payload
            for row in connection.execute(
                select(events.c.payload).where(events.c.run.in_(unfinished))
            )
        ]
    return kept | {digest for text in texts for digest in _HASH.findall(text)}


def _stored(artifacts: Artifacts) -> list[str]:
    return [path.name for path in artifacts.root.glob("??/*") if _HASH.fullmatch(path.name)]
