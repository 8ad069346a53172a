"""The answers of all arms, marked: what every figure of the report is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pioneer.bench.adaptft.cells import Cell
from pioneer.bench.adaptft.scoring.estimates import Measured

NO_OP, NAIVE, ORACLE, GATED, AGENT = "no-op", "naive", "oracle", "oracle-gated", "agent"
ORDER = (
    NO_OP, NAIVE, "naive-search", "naive-cleanlab", "random-augmentation", "clean-only",
    ORACLE, GATED, AGENT,
)  # fmt: skip
"""Of the standard arms, as they are shown; others come after, by name."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one version answers to the questions of a seed, marked."""

    whole: Measured
    clean: float | None
    """The metric on rows as they are; None where there are none, as for `noisy`."""
    noisy: float | None
    traffic: float | None
    """The metric on calls like those of the logs, of all stages together: the paper's view. All
    else is on report rows."""
    passed: tuple[bool, ...]
    """Report row by report row."""


@dataclass(frozen=True, slots=True)
class Step:
    """An arm after a stage."""

    cell: Cell
    deployed: Sheet
    candidate: Sheet | None


@dataclass(frozen=True, slots=True)
class Run:
    """A seed with what its arms came to."""

    seed: int
    questions: int
    """Report rows."""
    clusters: int
    """Source rows that they were made of."""
    steps: Mapping[tuple[str, int], Step]
    """By arm and stage."""

    def has(self, arm: str, stages: int) -> bool:
        return all((arm, stage) in self.steps for stage in range(1, stages + 1))

    @property
    def first(self) -> Sheet:
        """Of the version that served before the first stage. Only where the no-op arm ran."""
        return self.steps[NO_OP, 1].deployed

    def deployed(self, arm: str, stage: int) -> Sheet | None:
        """What the arm serves after a stage (0: before the first); None where it is not known."""
        step = self.steps.get((arm, stage) if stage else (NO_OP, 1))
        return None if step is None else step.deployed

    def candidate(self, arm: str, stages: int) -> Sheet:
        """The newest version that the arm made, deployed or not; the first where it made none."""
        for stage in range(stages, 0, -1):
            made = self.steps[arm, stage].candidate
            if made is not None:
                return made
        return self.first


@dataclass(frozen=True, slots=True)
class Marked:
    """A scenario: all its seeds that have any answer, in order."""

    name: str
    metric: str
    stages: tuple[float, ...]
    runs: tuple[Run, ...]

    @property
    def arms(self) -> list[str]:
        """Those that some seed has whole, in the order in which they are shown."""
        names = {arm for run in self.runs for arm, _ in run.steps}
        place = {name: at for at, name in enumerate(ORDER)}
        shown = sorted(names, key=lambda name: (place.get(name, len(ORDER)), name))
        return [name for name in shown if self.whole(name)]

    def whole(self, *arms: str) -> list[Run]:
        """The seeds that have every stage of these arms and of no-op."""
        return [
            run
            for run in self.runs
            if all(run.has(arm, len(self.stages)) for arm in (NO_OP, *arms))
        ]
