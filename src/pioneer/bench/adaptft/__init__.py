"""AdaptFT-Bench: noisy inference logs in stages, and what adapting to them gains."""

from pioneer.bench.adaptft.build import Built, build
from pioneer.bench.adaptft.presets import PRESETS, Scenario, asked_for, listed, preset

__all__ = ["PRESETS", "Built", "Scenario", "asked_for", "build", "listed", "preset"]
