"""The report of AdaptFT-Bench as a document: what each arm came to, and the headlines.

Scores and differences are from 0 to 1 (0.01 is a point). Where an interval is over rows only, too
few seeds ran to tell what another one would bring; it says so.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import reduce
from operator import add
from typing import Any, TypeAlias

from pioneer.bench.adaptft.scoring.arm_scores import arm_scores, cost
from pioneer.bench.adaptft.scoring.decisions import counted, harmful
from pioneer.bench.adaptft.scoring.estimates import Estimate, Measured, estimate, pooled
from pioneer.bench.adaptft.scoring.marking import Judged, marked, ready, refuse_mixed
from pioneer.bench.adaptft.scoring.marks import AGENT, GATED, NAIVE, NO_OP, ORACLE, Marked
from pioneer.bench.adaptft.scoring.recovery import (
    Recovery,
    candidate_gains,
    deployed_gains,
    pooled_recovery,
    recovery,
)
from pioneer.bench.adaptft.scoring.triage_scores import triage_scores
from pioneer.errors import DataError
from pioneer.records import dump

Document: TypeAlias = dict[str, Any]

SEEDS, MORE_SEEDS = 5, 10
"""Fewest for an interval over seeds; the latter where the oracle gains little."""
_LITTLE = 0.05
_SLOPE_PER = 0.1
"""Of poison."""


def document(seeds: Sequence[Judged]) -> Document:
    """Of one scenario, whose seeds may stand in any order. An arm is reported on the seeds that
    have all of its stages and of no-op's. Raises DataError where nothing can be reported."""
    return _document(marked(seeds))


def suite(scenarios: Sequence[Sequence[Judged]]) -> Document:
    """The headlines over several scenarios. Raises DataError as `document`."""
    _refuse_mixed(scenarios)
    return _suite([marked(seeds) for seeds in scenarios])


def documents(scenarios: Sequence[Sequence[Judged]]) -> Document:
    """{"scenarios": {NAME: document}, "suite": suite}; scenarios with nothing to report yet are
    left out. Raises DataError where none is left."""
    some = [seeds for seeds in scenarios if ready(seeds)]
    _refuse_mixed(some)
    found = [marked(seeds) for seeds in some]
    if not found:
        raise DataError("nothing has run yet", hint="pioneer bench adaptft run")
    return {"scenarios": {one.name: _document(one) for one in found}, "suite": _suite(found)}


def needed(one: Marked) -> int:
    """How many seeds an interval over seeds takes."""
    gains = _oracle_gains(one)
    little = bool(gains) and statistics.fmean(gain.value for gain in gains) < _LITTLE
    return MORE_SEEDS if little else SEEDS


def _document(one: Marked) -> Document:
    least = needed(one)
    harms = harmful(one)
    return _plain(
        {
            "scenario": one.name,
            "seeds": [run.seed for run in one.runs],
            "stages": one.stages,
            "codes": sorted({step.cell.code for run in one.runs for step in run.steps.values()}),
            "arms": {arm: arm_scores(one, arm, least) for arm in one.arms},
            "triage": triage_scores([one], [least]),
            "candidate_recovery": recovery(candidate_gains(one), least),
            "deployed_recovery": recovery(deployed_gains(one), least),
            "recoveries": {
                arm: {
                    "candidate": recovery(candidate_gains(one, arm), least),
                    "deployed": recovery(deployed_gains(one, arm), least),
                }
                for arm in _recovering(one)
            },
            "oracle_gain": _mean(_oracle_gains(one), least),
            "harmful_promotions": counted(harms, AGENT),
            "harmful_unsure": counted(harms, AGENT, enough=False),
            "harmful_by_arm": {arm: counted(harms, arm) for arm in one.arms},
            "harmful": harms,
            "cost": {arm: cost(one, arm) for arm in one.arms},
            "naive_slope": _mean(_slopes(one), least),
            "pairs": {f"{AGENT}-{arm}": _mean(found, least) for arm, found in _pairs(one).items()},
        }
    )


def _suite(scenarios: Sequence[Marked]) -> Document:
    least = [needed(one) for one in scenarios]
    by_scenario = {one.name: harmful(one) for one in scenarios}
    harms = [harm for some in by_scenario.values() for harm in some]
    pairs = [_pairs(one) for one in scenarios]
    return _plain(
        {
            "scenarios": {
                one.name: {
                    "metric": one.metric,
                    "seeds": len(one.runs),
                    "questions": max(run.questions for run in one.runs),
                    "seeds_needed": seeds,
                }
                for one, seeds in zip(scenarios, least, strict=True)
            },
            "triage": triage_scores(scenarios, least),
            **{f"{what}_recovery": one for what, one in _recovered(scenarios, least).items()},
            "recoveries": {
                arm: _recovered(scenarios, least, arm)
                for arm in _each(_recovering(one) for one in scenarios)
            },
            "oracle_gain": _pooled([_oracle_gains(one) for one in scenarios], least),
            "harmful_promotions": counted(harms, AGENT),
            "harmful_unsure": counted(harms, AGENT, enough=False),
            "harmful_by_arm": {
                arm: counted(harms, arm) for arm in _each(one.arms for one in scenarios)
            },
            "harmful": [
                {"scenario": name, **asdict(harm)}
                for name, some in by_scenario.items()
                for harm in some
            ],
            "naive_slope": _pooled([_slopes(one) for one in scenarios], least),
            "pairs": {
                f"{AGENT}-{arm}": _pooled([found.get(arm, []) for found in pairs], least)
                for arm in _each(pairs)
            },
        }
    )


def _refuse_mixed(scenarios: Sequence[Sequence[Judged]]) -> None:
    refuse_mixed(cell for seeds in scenarios for _, cells in seeds for cell in cells)


def _recovering(one: Marked) -> list[str]:
    """The arms that may gain what the oracles do."""
    return [arm for arm in one.arms if arm not in (NO_OP, ORACLE, GATED)]


def _recovered(
    scenarios: Sequence[Marked], least: Sequence[int], arm: str = AGENT
) -> dict[str, Recovery]:
    kinds = {"candidate": candidate_gains, "deployed": deployed_gains}
    return {
        what: pooled_recovery({one.name: gains(one, arm) for one in scenarios}, least)
        for what, gains in kinds.items()
    }


def _each(groups: Iterable[Iterable[str]]) -> list[str]:
    """Every name once, in order of first sight."""
    return list(dict.fromkeys(name for group in groups for name in group))


def _oracle_gains(one: Marked) -> list[Measured]:
    last = len(one.stages)
    return [run.steps[ORACLE, last].deployed.whole - run.first.whole for run in one.whole(ORACLE)]


def _pairs(one: Marked) -> dict[str, list[Measured]]:
    """What the agent deploys in the end against every other arm, seed by seed."""
    last = len(one.stages)
    found = {
        arm: [
            run.steps[AGENT, last].deployed.whole - run.steps[arm, last].deployed.whole
            for run in one.whole(AGENT, arm)
        ]
        for arm in one.arms
        if arm != AGENT
    }
    return {arm: some for arm, some in found.items() if some}


def _slopes(one: Marked) -> list[Measured]:
    """Least squares of what the naive arm deploys over the poison of the stage."""
    middle = statistics.fmean(one.stages)
    spread = sum((share - middle) ** 2 for share in one.stages)
    if spread < 1e-12:
        return []
    pulls = [_SLOPE_PER * (share - middle) / spread for share in one.stages]
    return [
        reduce(
            add,
            (
                run.steps[NAIVE, stage].deployed.whole.times(pull)
                for stage, pull in enumerate(pulls, start=1)
            ),
        )
        for run in one.whole(NAIVE)
    ]


def _mean(found: Sequence[Measured], least: int) -> Estimate | Document:
    return estimate(found, least) if found else _nothing()


def _pooled(scenarios: Sequence[Sequence[Measured]], least: Sequence[int]) -> Estimate | Document:
    some = [(found, one) for found, one in zip(scenarios, least, strict=True) if found]
    return pooled(*zip(*some, strict=True)) if some else _nothing()


def _nothing() -> Document:
    return {"value": None, "ci95": None, "kind": None, "seeds": 0}


def _plain(found: Document) -> Document:
    plain: Document = dump(found)
    return plain
