"""Data sets of the hub that were loaded before, in the cache of the `datasets` library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pioneer.data.hubid import PREFIX, HubId
from pioneer.errors import SourceError

_FACTS = "dataset_info.json"
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Copy:
    """One configuration of one commit, whole."""

    id: HubId
    folder: Path


def copy_of(pin: HubId) -> Copy | None:
    """The copy of a pinned id, if it is here."""
    return next((copy for copy in copies(pin.repo) if copy.id == pin), None)


def newest(asked: HubId) -> Copy:
    """The copy that was made last of what is asked for. Raises SourceError: none, or a choice."""
    known = copies(asked.repo)
    fitting = [copy for copy in known if _is(copy.id, asked)]
    if not fitting:
        there = f"; here: {', '.join(str(copy.id) for copy in known[:_SHOWN])}" if known else ""
        way = "switch the hub on again (HF_HUB_OFFLINE), or give rows with --data PATH"
        raise SourceError(f"{asked} was not loaded before, and the hub is off{there}", hint=way)
    same = [copy for copy in fitting if copy.id.revision == fitting[0].id.revision]
    if len(same) > 1:
        raise several(asked, [str(copy.id.config) for copy in same])
    return same[0]


def copies(repo: str) -> list[Copy]:
    """All copies of a data set, the newest first."""
    from datasets import config
    from datasets.naming import camelcase_to_snakecase

    owner, _, name = repo.rpartition("/")
    folder = "___".join([part for part in (owner, camelcase_to_snakecase(name)) if part])
    facts = Path(config.HF_DATASETS_CACHE, folder).glob(f"*/*/*/{_FACTS}")
    by_age = sorted(facts, key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [
        Copy(HubId(repo, file.parts[-2], file.parts[-4]), file.parent)
        for file in by_age
        if _config(file) == file.parts[-4]
    ]


def read_copy(copy: Copy) -> Any:
    """A `datasets.DatasetDict`."""
    from datasets.packaged_modules.cache.cache import Cache

    found = Cache(
        repo_id=copy.id.repo,
        dataset_name=copy.id.repo.rpartition("/")[2],
        config_name=copy.id.config,
        version=copy.folder.parent.name,
        hash=copy.id.revision,
    )
    return found.as_dataset()


def several(asked: HubId, configs: Sequence[str]) -> SourceError:
    """What is said where a choice is left."""
    names = ", ".join(configs[:_SHOWN]) + (", ..." if len(configs) > _SHOWN else "")
    return SourceError(
        f"{asked.short} has several configurations: {names}",
        hint=f"choose with {PREFIX}{asked.repo}:NAME",
    )


def _is(known: HubId, asked: HubId) -> bool:
    at = str(known.revision).startswith(asked.revision or "")
    return at and asked.config in (None, known.config)


def _config(facts: Path) -> str | None:
    """Its name; other than the folder's where a user's own program loaded it with options."""
    try:
        told = json.loads(facts.read_text("utf-8")).get("config_name")
    except (OSError, ValueError, AttributeError):
        return None
    return told if isinstance(told, str) else None
