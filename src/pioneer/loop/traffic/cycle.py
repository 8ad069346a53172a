"""What one cycle of the production loop found and did."""

from __future__ import annotations

from dataclasses import dataclass

from pioneer.loop.request import Improve
from pioneer.loop.search import Searched
from pioneer.loop.traffic.contest import Contest, Entrant
from pioneer.loop.traffic.lessons import Lessons
from pioneer.loop.traffic.log import Log
from pioneer.loop.traffic.parts import Parts
from pioneer.loop.traffic.probed import Probes
from pioneer.loop.traffic.propagated import Propagated
from pioneer.loop.traffic.ruling import UNDECIDED, Ruling
from pioneer.loop.traffic.triaged import Triaged
from pioneer.records import Recipe, Score
from pioneer.registry.versions import Version

SPENT = 6
"""Readings after which a sealed test is worn out: versions were chosen after it was seen."""


@dataclass(frozen=True, slots=True)
class Readings:
    """Scores of the version made and of the one that served, on sealed rows."""

    sealed: Score | None = None
    sealed_parent: Score | None = None
    test: Score | None = None
    reading: int = 0
    """Which reading of the cold start's test this is; 0 where it was not read."""

    @property
    def spent(self) -> bool:
        return self.reading >= SPENT


@dataclass(frozen=True, slots=True)
class Cycle:
    """Everything that a cycle did. What it did not come to is None."""

    request: Improve
    served: Version
    log: Log
    ruling: Ruling = UNDECIDED
    triage: Triaged | None = None
    parts: Parts | None = None
    probes: Probes | None = None
    propagated: Propagated | None = None
    lessons: Lessons | None = None
    searched: Searched | None = None
    contest: Contest | None = None
    readings: Readings = Readings()
    places: str = ""
    """Artefact: where every group was before this cycle."""

    @property
    def entrant(self) -> Entrant | None:
        """The finalist whose verdict decided."""
        return self.contest.last.entrant if self.contest else None

    @property
    def recipe(self) -> Recipe:
        """Of the version made; else of the one that serves."""
        return self.entrant.recipe if self.entrant else self.served.card.recipe
