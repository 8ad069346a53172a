"""The deployment of the paper, end to end: a weak first version, 3,000 calls, `improve`.

    .venv/bin/python benchmarks/deployments.py             # resumes where it was stopped
    .venv/bin/python benchmarks/deployments.py --report-only

Beside it: the same command on the same calls with perfect labels, naive retraining, and that with
cleanlab; in two further seeds only what it takes to compare broken answers. README.md in this
folder says what each arm does.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from coldstart.machine import limit_cpus, processor
from deployment.arms import Cell, Stage, as_json, deployed, improved, naive, prepare, truths
from deployment.report import bars, figures, markdown
from deployment.scene import scene

ROOT = Path(__file__).resolve().parent.parent
SEEDS, MORE_SEEDS = (0, 1, 2), (3, 4)
FEWER_ARMS = ("deployed", "plain", "keeping")
"""Played in the further seeds: what it takes to compare broken answers."""


def main(arguments: Sequence[str] | None = None) -> int:
    args = _arguments(arguments)
    cells = args.results / "deployments" / "cells"
    cells.mkdir(parents=True, exist_ok=True)
    if not args.report_only:
        limit_cpus(2)
        for seed in args.seeds:
            arms = FEWER_ARMS if seed in MORE_SEEDS else tuple(_ARMS)
            _play(seed, arms, args.data_root, cells)
    return _report(args.results, cells, args.data_root)


def _play(seed: int, arms: Sequence[str], data: Path, cells: Path) -> None:
    """Those arms of a seed that are not there yet."""
    work = cells.parent / "work" / str(seed)
    left = [name for name in arms if not (cells / f"{name}__{seed}.json").exists()]
    if not left:
        return
    print(f"seed {seed}: the first version ...", file=sys.stderr, flush=True)
    stage = prepare(scene(data, seed), seed, work)
    for name in left:
        cell = _ARMS[name](stage)
        file = cells / f"{name}__{seed}.json"
        file.with_suffix(".part").write_text(json.dumps(as_json(cell)) + "\n", encoding="utf-8")
        file.with_suffix(".part").replace(file)
        plain = [at for at, row in enumerate(stage.scene.unseen) if row.plain]
        right = sum(cell.answers[at] == stage.scene.unseen[at].label for at in plain)
        told = f"seed {seed}: {cell.arm}: {100 * right / len(plain):.1f} % {cell.decision}"
        print(f"{told}, {cell.seconds:.0f} s", file=sys.stderr, flush=True)
    shutil.rmtree(work, ignore_errors=True)


_ARMS: Mapping[str, Callable[[Stage], Cell]] = {
    "deployed": deployed,
    "improve": lambda stage: improved(stage, "improve", stage.said),
    "perfect": lambda stage: improved(stage, "perfect labels", truths(stage.scene.traffic)),
    "plain": lambda stage: improved(stage, "plain retraining", stage.said, "full.v1"),
    "keeping": lambda stage: improved(stage, "keeping", stage.said, "keeping.v1"),
    "naive": lambda stage: naive(stage, "naive", clean=False),
    "cleanlab": lambda stage: naive(stage, "naive + cleanlab", clean=True),
}


def _report(results: Path, cells: Path, data: Path) -> int:
    found = [Cell(**json.loads(file.read_text("utf-8"))) for file in sorted(cells.glob("*.json"))]
    if not found:
        print("no arm has been run yet", file=sys.stderr)
        return 1
    unseen = scene(data, 0).unseen
    shown = figures(found, unseen)
    met = bars(shown)
    document = {
        "facts": {
            "command": "python benchmarks/deployments.py",
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": processor(),
            "unseen": sum(row.plain for row in unseen),
        },
        "figures": shown,
        "bars": met,
    }
    file = results / "deployments.json"
    file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    page = markdown(document)
    file.with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)
    return 0 if met and all(bar["met"] for bar in met) else 1


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--report-only", action="store_true", help="run nothing")
    parser.add_argument("--seeds", nargs="+", type=int, default=[*SEEDS, *MORE_SEEDS])
    parser.add_argument("--data-root", type=Path, default=ROOT / ".." / "shared" / "data")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
