"""The arms of the deployment side by side, against the bars."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from deployment.arms import Cell
from deployment.scene import Row

ARMS = (
    "deployed", "improve", "perfect labels", "naive", "naive + cleanlab", "plain retraining",
    "keeping",
)  # fmt: skip
FEWER = (("improve", "naive"), ("improve", "plain retraining"), ("keeping", "plain retraining"))
"""Pairs of arms whose broken answers are compared."""
TARGET, SHARE = 0.96, 0.90
_DRAWS = 2000


def figures(cells: Sequence[Cell], unseen: Sequence[Row]) -> dict[str, Any]:
    """Accuracy on unseen traffic, flips against the deployed version, share of the gain."""
    by = {(cell.arm, cell.seed): cell for cell in cells}
    seeds = sorted({cell.seed for cell in cells if ("deployed", cell.seed) in by})
    right = {key: _right(cell, unseen) for key, cell in by.items()}
    plain = [at for at, row in enumerate(unseen) if row.plain]
    twins = [at for at, row in enumerate(unseen) if not row.plain]
    arms: dict[str, Any] = {}
    for arm in ARMS:
        mine = [seed for seed in seeds if (arm, seed) in by]
        if not mine:
            continue
        arms[arm] = {
            "seeds": mine,
            "accuracy": [_mean(right[arm, seed], plain) for seed in mine],
            "accuracy_perturbed": [_mean(right[arm, seed], twins) for seed in mine],
            "negative_flips": [_flips(right, arm, seed, plain, False) for seed in mine],
            "positive_flips": [_flips(right, arm, seed, plain, True) for seed in mine],
            "decisions": [by[arm, seed].decision for seed in mine],
            "seconds": [round(by[arm, seed].seconds, 1) for seed in mine],
        }
    fewer = [_fewer(right, seeds, plain, by, *pair) for pair in FEWER]
    return {
        "arms": arms,
        "share_of_gain": _share(right, seeds, plain, by),
        "broken": [one for one in fewer if one],
        "seeds": seeds,
    }


def bars(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    arms, share = found["arms"], found["share_of_gain"]
    if "improve" not in arms or share is None:
        return []
    first, reached = arms["deployed"]["accuracy"], arms["improve"]["accuracy"]
    return [
        {"bar": "the first version is 80-88 % right", "value": first,
         "met": all(0.80 <= one <= 0.88 for one in first)},
        {"bar": "improve: at least 96 % on unseen traffic, mean over the seeds",
         "value": sum(reached) / len(reached), "met": sum(reached) / len(reached) >= TARGET},
        {"bar": "at least 90 % of the gain with perfect labels", "value": share["value"],
         "ci95": share["ci95"], "met": share["value"] >= SHARE},
        *[
            {"bar": f"broken answers of {one['arm']}, by those of {one['other']}: at most half, at "
             f"equal or better accuracy ({one['gain']:+.1f} points), {len(one['seeds'])} seeds",
             "value": one["value"], "ci95": one["ci95"],
             "met": one["value"] <= 0.5 and one["gain"] >= 0}
            for one in found["broken"]
        ],
        {"bar": "promoted in every seed", "value": arms["improve"]["decisions"],
         "met": all(one == "promoted" for one in arms["improve"]["decisions"])},
    ]  # fmt: skip


def _share(
    right: Mapping[tuple[str, int], Sequence[bool]],
    seeds: Sequence[int],
    rows: Sequence[int],
    by: Mapping[tuple[str, int], Cell],
) -> dict[str, Any] | None:
    """Gain of `improve` over gain with perfect labels, pooled; bootstrap over seeds and rows."""
    wanted = ("deployed", "improve", "perfect labels")
    full = [seed for seed in seeds if all((arm, seed) in by for arm in wanted)]
    if not full:
        return None

    def ratio(drawn: Sequence[int], chosen: Sequence[int]) -> float:
        sums = {a: sum(_mean(right[a, seed], chosen) for seed in drawn) for a in wanted}
        gain = sums["perfect labels"] - sums["deployed"]
        return (sums["improve"] - sums["deployed"]) / gain if gain > 0 else float("nan")

    return {"value": ratio(full, rows), "ci95": _interval(ratio, full, rows), "seeds": full}


def _interval(
    ratio: Callable[[Sequence[int], Sequence[int]], float],
    seeds: Sequence[int],
    rows: Sequence[int],
) -> list[float]:
    """95 %, of a bootstrap over seeds and rows."""
    rng = random.Random(0)
    draws = sorted(
        ratio(rng.choices(seeds, k=len(seeds)), rng.choices(rows, k=len(rows)))
        for _ in range(_DRAWS)
    )
    return [draws[int(0.025 * _DRAWS)], draws[int(0.975 * _DRAWS) - 1]]


def _fewer(
    right: Mapping[tuple[str, int], Sequence[bool]],
    seeds: Sequence[int],
    rows: Sequence[int],
    by: Mapping[tuple[str, int], Cell],
    arm: str,
    other: str,
) -> dict[str, Any] | None:
    """Negative flips of one arm over those of another, pooled; bootstrap over seeds and rows."""
    full = [seed for seed in seeds if (arm, seed) in by and (other, seed) in by]
    if not full:
        return None

    def ratio(drawn: Sequence[int], chosen: Sequence[int]) -> float:
        mine, theirs = (
            sum(_flips(right, one, seed, chosen, False) for seed in drawn) for one in (arm, other)
        )
        return mine / theirs if theirs else float("inf")

    gains = [_mean(right[arm, seed], rows) - _mean(right[other, seed], rows) for seed in full]
    return {
        "arm": arm,
        "other": other,
        "value": ratio(full, rows),
        "ci95": _interval(ratio, full, rows),
        "gain": 100 * sum(gains) / len(gains),
        "seeds": full,
    }


def _right(cell: Cell, unseen: Sequence[Row]) -> list[bool]:
    return [said == row.label for said, row in zip(cell.answers, unseen, strict=True)]


def _mean(right: Sequence[bool], rows: Sequence[int]) -> float:
    return sum(right[at] for at in rows) / len(rows)


def _flips(
    right: Mapping[tuple[str, int], Sequence[bool]],
    arm: str,
    seed: int,
    rows: Sequence[int],
    better: bool,
) -> int:
    before, after = right["deployed", seed], right[arm, seed]
    return sum(before[at] != better and after[at] == better for at in rows)


def markdown(document: Mapping[str, Any]) -> str:
    facts, found = document["facts"], document["figures"]
    lines = [
        "# The deployment of the paper: 30 confusable intents of CLINC150\n",
        f"`{facts['command'].strip()}`, {facts['machine']}, {facts['written']}, seeds "
        f"{', '.join(map(str, found['seeds']))}. Accuracy is on the {facts['unseen']} test rows of "
        "the intents, which nobody logged; 'perturbed' on the same rows, fixably changed.\n",
        "| arm | seeds | accuracy | perturbed | fixed | broken | decision | minutes |",
        "|---|---:|---:|---:|---:|---:|---|---:|",
    ]
    for arm, one in found["arms"].items():
        decided: dict[str, int] = defaultdict(int)
        for each in one["decisions"]:
            decided[each or "-"] += 1
        told = ", ".join(f"{count} x {what}" for what, count in decided.items())
        lines.append(
            f"| {arm} | {len(one['seeds'])} | {_percents(one['accuracy'])} | "
            f"{_percents(one['accuracy_perturbed'])} | "
            f"{_counts(one['positive_flips'])} | {_counts(one['negative_flips'])} | {told} | "
            f"{sum(one['seconds']) / len(one['seconds']) / 60:.1f} |"
        )
    lines.append("")
    for bar in document["bars"]:
        value = bar["value"]
        told = f"{100 * value:.1f} %" if isinstance(value, float) else str(value)
        span = (
            f" ({100 * bar['ci95'][0]:.0f}-{100 * bar['ci95'][1]:.0f} %)" if "ci95" in bar else ""
        )
        lines.append(f"- {bar['bar']}: {told}{span}: {'met' if bar['met'] else 'NOT met'}")
    return "\n".join(lines) + "\n"


def _percents(values: Sequence[float]) -> str:
    mean = 100 * sum(values) / len(values)
    return f"{mean:.1f} ({', '.join(f'{100 * one:.1f}' for one in values)})"


def _counts(values: Sequence[int]) -> str:
    return f"{sum(values) / len(values):.1f}"
