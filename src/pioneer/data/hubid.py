"""How data sets of the Hugging Face hub are named."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from pioneer.errors import SourceError

PREFIX = "hub:"
DEFAULT = "default"
"""What the hub calls the configuration of a data set that has only one."""

_ID = re.compile(r"(?P<repo>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>[\w./-]+))?(?::(?P<config>.+))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class HubId:
    """`hub:ORG/NAME`, with `@REVISION` and `:CONFIG` where they are needed."""

    repo: str
    revision: str | None = None
    config: str | None = None

    def __str__(self) -> str:
        revision = f"@{self.revision}" if self.revision else ""
        return f"{PREFIX}{self.repo}{revision}" + (f":{self.config}" if self.config else "")

    @property
    def short(self) -> str:
        """For people: with the beginning of the commit, without the usual configuration."""
        config = None if self.config == DEFAULT else self.config
        return str(HubId(self.repo, self.revision and self.revision[:12], config))

    @property
    def is_pin(self) -> bool:
        """Whether it means the same rows for ever: commit and configuration are named."""
        return bool(self.config and self.revision and _COMMIT.fullmatch(self.revision))


def is_hub(name: str) -> bool:
    return name.startswith(PREFIX)


def parse_id(name: str) -> HubId:
    """Raises SourceError for what is no id of a data set."""
    found = _ID.fullmatch(name.removeprefix(PREFIX).strip())
    if found is None:
        raise SourceError(f"{name!r} is no data set of the hub", hint="write hub:ORG/NAME")
    return HubId(found["repo"], found["revision"], found["config"])


def online(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the user lets the hub be asked; the switches are the hub's own."""
    switches = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")
    return not any(
        environment.get(name, "").strip().upper() in {"1", "ON", "YES", "TRUE"} for name in switches
    )
