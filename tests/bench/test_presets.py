"""What the presets ask for can be learned from the data that they name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pioneer.bench.adaptft.presets import PRESETS, Scenario
from pioneer.bench.adaptft.rows import labelled
from pioneer.families import family
from pioneer.records import Kind
from pioneer.tasks.understand import Facts, understand
from tests.bench.sentences import SHARED


@pytest.mark.parametrize("preset", PRESETS, ids=lambda one: one.name)
def test_a_presets_description_is_understood_beside_its_labels(preset: Scenario) -> None:
    folder = SHARED / preset.data
    if not folder.exists():
        pytest.skip(f"the shared data sets are not beside the project: no {folder}")
    kind = Kind(preset.kind)
    parts = labelled(replace(preset, data=str(folder)), family(kind))
    found = sorted({family(kind).stratum(row) for part in parts.values() for row in part})
    task = understand(preset.description, Facts({kind: tuple(found)})).task
    assert (task.kind, sorted(task.labels)) == (kind, found)
    assert not preset.labels or set(preset.labels) == set(found)
