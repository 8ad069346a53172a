"""What a run has to say for itself: one frozen record, from which every report is drawn.

Plain values only: `records.dump` writes it as report.json and `records.load(RunReport, ...)` reads
it back, so an old run can be drawn again. Everything but the first few fields may be absent; what
is absent or empty has no section in the report. Row text never enters it, only row references.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pioneer.records import Recipe, Score, Task, Trial

Interval: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Inference:
    """One thing that was read from the description or the data."""

    what: str
    value: str
    why: str
    overridden: bool = False
    """Whether the user said it, so that nothing was inferred."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows came from."""

    name: str
    """Path, hub id or catalogue entry, as the user would write it."""
    origin: str
    """given | catalogue | hub | bundled | ..."""
    why: str
    rows: int
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Our field -> their column."""
    label_names: Mapping[str, str] = field(default_factory=dict)
    """Their label -> ours, where a label was renamed or merged."""
    licence: str = ""
    content_hash: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of repair: what was done, why, to how many rows; `rows` names a few of them."""

    code: str
    action: str
    reason: str
    count: int
    rows: tuple[str, ...] = ()
    """References like `train.csv:17`, never text."""


@dataclass(frozen=True, slots=True)
class Ignored:
    file: str
    why: str


@dataclass(frozen=True, slots=True)
class LabelCount:
    """Train rows of a label before and after curation."""

    label: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the split. `origin`: shipped | cut | out-of-fold."""

    name: str
    rows: int
    groups: int = 0
    labels: int = 0
    origin: str = ""
    use: str = ""


@dataclass(frozen=True, slots=True)
class Leak:
    """Rows found on both sides of a border, and what became of them."""

    parts: tuple[str, str]
    count: int
    action: str
    rows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of the log of sealed and gate rows."""

    time: str
    part: str
    purpose: str
    rows: int = 0


@dataclass(frozen=True, slots=True)
class SliceSize:
    """A slice, defined before any training."""

    name: str
    definition: str
    dev: int
    test: int


@dataclass(frozen=True, slots=True)
class DataReport:
    sources: tuple[Source, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What was repaired."""
    suspects: Problem | None = None
    """Labels that look wrong; nobody changed them."""
    ignored: tuple[Ignored, ...] = ()
    labels: tuple[LabelCount, ...] = ()
    parts: tuple[Part, ...] = ()
    dev_kind: str = ""
    """hold-out | out-of-fold, with the number of folds or the share of rows."""
    leaks: tuple[Leak, ...] = ()
    leak_check: str = ""
    """How leaks were looked for; shown also where none was found."""
    group_warnings: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    slices: tuple[SliceSize, ...] = ()


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the winner has to beat, on the rows that the search saw and, if read, on test."""

    name: str
    dev: Score | None = None
    test: Score | None = None
    recipe: Recipe | None = None


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """Gains up to `value` are no gains. `arithmetic` says in words and figures why."""

    value: float
    arithmetic: str


@dataclass(frozen=True, slots=True)
class SearchReport:
    baselines: tuple[Baseline, ...] = ()
    trials: tuple[Trial, ...] = ()
    finished_at: Mapping[int, float] = field(default_factory=dict)
    """Trial number -> seconds since the run began, for the plot of score against time."""
    noise: NoiseFloor | None = None
    target: float | None = None
    stop_reason: str = ""
    winner: int | None = None
    """Number of the winning trial."""
    why: str = ""
    """Why the winner won."""


@dataclass(frozen=True, slots=True)
class LabelScore:
    label: str
    n: int
    precision: float
    recall: float
    f1: float
    precision_ci95: Interval | None = None
    recall_ci95: Interval | None = None
    f1_ci95: Interval | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the confusion matrix, right answers too. `output` is null for abstained."""

    target: str
    output: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows whose confidence lies in [low, high): their mean confidence and share right."""

    low: float
    high: float
    confidence: float
    accuracy: float
    n: int


@dataclass(frozen=True, slots=True)
class Calibration:
    before: tuple[Bin, ...] = ()
    after: tuple[Bin, ...] = ()
    ece_before: float | None = None
    """Expected calibration error: mean |confidence - share right| over the bins, by rows."""
    ece_after: float | None = None
    temperature: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Abstention:
    """Below `threshold` the model answers null."""

    threshold: float
    coverage: float
    """Share of rows answered."""
    accuracy: float
    """Of the rows answered."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Gain:
    """The winner's paired difference to a baseline on the same rows."""

    over: str
    value: float
    ci95: Interval | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True)
class SealedTest:
    """The winner on the sealed test: the model before the refit. Slices are in `score.slices`."""

    score: Score
    labels: tuple[LabelScore, ...] = ()
    confusion: tuple[Cell, ...] = ()
    """Only cells with a count; any order."""
    calibration: Calibration | None = None
    abstention: Abstention | None = None
    gain: Gain | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refit:
    """The winning recipe trained again on all rows but a shipped test."""

    rows: int
    agreement: float
    """Share of unlabelled probes that refit and scored model answer alike."""
    probes: int
    required: float = 0.95
    note: str = ""

    @property
    def ships(self) -> bool:
        """Whether this is what ships; else it is the model that was scored."""
        return self.agreement >= self.required


@dataclass(frozen=True, slots=True)
class Comparison:
    """The new version against the promoted one, on the same rows."""

    parent: str
    """NAME@VERSION"""
    decision: str
    arithmetic: tuple[str, ...] = ()
    """One line per gate."""
    parent_score: Score | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the run in its order, by the clock on the wall; together they make the whole."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RunCost:
    seconds: float = 0.0
    """Wall clock of the whole run."""
    stages: tuple[Stage, ...] = ()
    trained_rows: int = 0
    """Rows passed through training, epochs and folds counted."""
    peak_memory_mb: float | None = None
    """Of the largest worker."""


@dataclass(frozen=True, slots=True)
class Environment:
    pioneer: str = ""
    python: str = ""
    platform: str = ""
    cpu: str = ""
    threads: int = 0
    """Per worker."""
    workers: int = 0
    """Recipes trained side by side (k)."""
    packages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A command with which to go on, and what it does."""

    what: str
    command: str


@dataclass(frozen=True, slots=True)
class RunReport:
    run: str
    command: str
    """The command line as typed."""
    seed: int
    created: str
    """ISO 8601, UTC."""
    description: str
    decision: str
    """promoted | hold | need_more_data | failed"""
    reason: str
    model: str
    version: int | None = None
    """None where nothing was registered."""
    task: Task | None = None
    inferences: tuple[Inference, ...] = ()
    data: DataReport = DataReport()
    search: SearchReport = SearchReport()
    test: SealedTest | None = None
    refit: Refit | None = None
    comparison: Comparison | None = None
    cost: RunCost = RunCost()
    environment: Environment = Environment()
    next_steps: tuple[Step, ...] = ()
    curation_markdown: str = ""
    recipe_hash: str = ""
    data_hash: str = ""

    @property
    def model_version(self) -> str:
        """`NAME@3`, or the name alone where nothing was registered."""
        return self.model if self.version is None else f"{self.model}@{self.version}"

    @property
    def winner(self) -> Trial | None:
        for trial in self.search.trials:
            if trial.number == self.search.winner:
                return trial
        return None
