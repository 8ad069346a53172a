"""What a run was asked for; recorded before anything heavy happens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pioneer.budget import Budget
from pioneer.errors import ArgumentError
from pioneer.gates.limit import limit_of
from pioneer.records import Kind

PARTS = ("triage", "probes", "propagation", "twins", "replay", "gate")
"""What a production cycle can be run without."""
_SEEDS = 2**32
"""As many as every library that draws numbers takes."""


@dataclass(frozen=True, slots=True)
class ColdStart:
    """The arguments of a run. All automatic choices that depend on the machine are in here too,
    so that a resumed run makes them again."""

    description: str
    data: tuple[str, ...] = ()
    name: str = ""
    bases: tuple[str, ...] = ()
    metric: str | None = None
    kind: Kind | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    target: float = 0.96
    budget: Budget = Budget()
    seed: int = 0
    workers: int = 2
    """Recipes trained side by side, k of the method."""
    threads: int = 1
    """For each worker."""
    command: str = ""
    snapshot: str = ""
    """Hash of the given files as they were when the run began."""

    def __post_init__(self) -> None:
        if not 0 < self.target <= 1:
            raise ArgumentError(f"--target must be above 0 and at most 1, but got {self.target:g}")
        _check_seed(self.seed)
        if self.workers < 2:
            raise ArgumentError(f"at least 2 recipes are tried side by side, not {self.workers}")


@dataclass(frozen=True, slots=True)
class Improve:
    """What `improve` was asked for, with the automatic choices that depend on the machine."""

    model: str
    """NAME, or NAME@VERSION of the version that is served."""
    traces: tuple[str, ...] = ()
    """Logs to import first; with none, the trace store as it is."""
    limit: str = "2"
    """How many formerly right rows may break: a count per 200 rows, or strict:COUNT."""
    failure_share: float | None = None
    """Of the traffic; None where the log as a whole holds failures as traffic does."""
    strategies: tuple[str, ...] = ()
    """The only ways to learn that may be tried; empty means all."""
    budget: Budget = Budget()
    seed: int = 0
    skip_broken: bool = False
    """Go on without rows of the logs that cannot be read."""
    dry_run: bool = False
    """Decide, but leave the served version as it is."""
    without: tuple[str, ...] = ()
    """Some of `PARTS`, to find out what each is worth. Without triage every correction is taken at
    its word; without the gate every row is learned from and nothing is promoted."""
    workers: int = 2
    threads: int = 1
    command: str = ""
    target: float = 1.0
    """Of the search on dev: it goes on while there is something to gain."""

    def __post_init__(self) -> None:
        limit_of(self.limit)
        share = self.failure_share
        if share is not None and not 0 < share < 1:
            raise ArgumentError(f"--failure-share must be between 0 and 1, but got {share:g}")
        unknown = sorted(set(self.without) - set(PARTS))
        if unknown:
            raise ArgumentError(
                f"there is no part {unknown[0]!r} to leave out", hint=f"one of {', '.join(PARTS)}"
            )
        _check_seed(self.seed)


def _check_seed(seed: int) -> None:
    if not 0 <= seed < _SEEDS:
        raise ArgumentError(f"--seed must be from 0 to {_SEEDS - 1}, but got {seed}")


def name_from(description: str) -> str:
    """A model name made of the first telling words of a description."""
    words = [word for word in re.findall(r"[a-z0-9]+", description.lower()) if len(word) > 2]
    skipped = {"the", "and", "for", "that", "into", "with", "this", "what", "they", "from", "our"}
    return "-".join([word for word in words if word not in skipped][:3])[:48] or "model"
