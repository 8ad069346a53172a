"""What an arm came to after each stage, and what it took."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pioneer.bench.adaptft.scoring.decisions import right
from pioneer.bench.adaptft.scoring.estimates import estimate, score_estimate
from pioneer.bench.adaptft.scoring.marks import Marked, Run, Sheet


def arm_scores(one: Marked, arm: str, least: int) -> list[dict[str, Any]]:
    """A document for each stage, over the seeds that have the arm whole."""
    runs = one.whole(arm)
    return [_stage(runs, arm, stage, least) for stage in range(1, len(one.stages) + 1)]


def cost(one: Marked, arm: str) -> dict[str, Any]:
    """Of all stages, on average over seeds; memory at its most."""
    runs = one.whole(arm)
    stages = range(1, len(one.stages) + 1)
    cells = [[run.steps[arm, stage].cell for stage in stages] for run in runs]
    return {
        "seconds": statistics.fmean(sum(cell.seconds for cell in some) for some in cells),
        "trained_rows": statistics.fmean(sum(cell.trained_rows for cell in some) for some in cells),
        "peak_mb": max(cell.peak_mb for some in cells for cell in some),
    }


def _stage(runs: Sequence[Run], arm: str, stage: int, least: int) -> dict[str, Any]:
    steps = [run.steps[arm, stage] for run in runs]
    sheets = [step.deployed for step in steps]
    gains = [sheet.whole - run.first.whole for sheet, run in zip(sheets, runs, strict=True)]
    clusters = max(run.clusters for run in runs)
    found = score_estimate([sheet.whole for sheet in sheets], least, clusters)
    firsts = [run.first for run in runs]
    return {
        **asdict(found),
        "clean": _known([sheet.clean for sheet in sheets]),
        "noisy": _known([sheet.noisy for sheet in sheets]),
        "traffic": _known([sheet.traffic for sheet in sheets]),
        "regressions": _known([_only(*pair) for pair in zip(firsts, sheets, strict=True)]),
        "improvements": _known([_only(*pair) for pair in zip(sheets, firsts, strict=True)]),
        "decisions": [step.cell.decision for step in steps],
        "right": [right(run, arm, stage) for run in runs],
        "seconds": statistics.fmean(step.cell.seconds for step in steps),
        "peak_mb": max(step.cell.peak_mb for step in steps),
        "trained_rows": statistics.fmean(step.cell.trained_rows for step in steps),
        "per_seed": [
            {"seed": run.seed, "value": sheet.whole.value, "against_noop": gain.value}
            for run, sheet, gain in zip(runs, sheets, gains, strict=True)
        ],
        "against_noop": estimate(gains, least),
    }


def _only(one: Sheet, other: Sheet) -> float:
    """Questions that one passes and the other does not."""
    return float(
        sum(ours and not theirs for ours, theirs in zip(one.passed, other.passed, strict=True))
    )


def _known(values: Sequence[float | None]) -> float | None:
    """The mean of those that there are."""
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None
