"""AdaptFT-Bench: noisy inference logs in stages, and what adapting to them gains."""

from pioneer.bench.adaptft.build import Built, build
from pioneer.bench.adaptft.presets import (
    PRESETS,
    Scenario,
    all_asked_for,
    asked_for,
    listed,
    preset,
)
from pioneer.bench.adaptft.run import run, run_all
from pioneer.bench.adaptft.scoring import report

__all__ = [
    "PRESETS",
    "Built",
    "Scenario",
    "all_asked_for",
    "asked_for",
    "build",
    "listed",
    "preset",
    "report",
    "run",
    "run_all",
]
