"""What a trained classifier has to beat."""

from __future__ import annotations

from pioneer.families.classification.fake_names import FAKE_NAMES
from pioneer.families.fakes import FAKE_BASE, fake_probe
from pioneer.records import Recipe


def baselines(base: str) -> dict[str, Recipe]:
    """Majority, names alone (zero-shot), and last the frozen probe."""
    fake = base == FAKE_BASE
    return {
        "majority": Recipe(base, "majority.v1", {}),
        "zero_shot": Recipe(base, FAKE_NAMES if fake else "nearest-name.v1", {}),
        "probe": fake_probe() if fake else Recipe(base, "probe.v1", {}),
    }
