"""What a trained classifier has to beat."""

from __future__ import annotations

from pioneer.families.classification.nearest_name import NEAREST_NAME
from pioneer.families.fakes import FAKE_BASE, fake_probe
from pioneer.families.majority import MAJORITY
from pioneer.records import Recipe


def baselines(base: str) -> dict[str, Recipe]:
    """Majority, names alone (zero-shot), and last the frozen probe."""
    probe = fake_probe() if base == FAKE_BASE else Recipe(base, "probe.v1", {})
    return {
        "majority": Recipe(base, MAJORITY, {}),
        "zero_shot": Recipe(base, NEAREST_NAME, {}),
        "probe": probe,
    }
