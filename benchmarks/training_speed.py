"""Time full.v1, as the search drafts it, against transformers.Trainer with its defaults.

    .venv/bin/python benchmarks/training_speed.py             # resumes where it was stopped
    .venv/bin/python benchmarks/training_speed.py --report-only

Same rows, epochs, base and threads; each training in a process of its own, the systems taking
turns. A later trial of ours, on the caches that the first one left, shows what is not done twice.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coldstart.cells import indexes, pack
from coldstart.machine import limit_cpus, processor, typed
from coldstart.sets import RECIPES, fingerprint, pool, sample
from coldstart.systems import ROOT
from pioneer.families.classification.learners import drafts
from trainingspeed.cells import Cell, Gold, Terms, cells, found, gold, write
from trainingspeed.report import report
from trainingspeed.running import Rows, System, run_cell
from trainingspeed.table import markdown

SET = RECIPES["clinc150_10"]
LABELS = 150
US, LATER, TRAINER, TRAINER_RATE = "pioneer", "pioneer-later", "trainer", "trainer-rate"


def main(arguments: Sequence[str] | None = None) -> int:
    args = _arguments(arguments)
    if not args.report_only:
        limit_cpus(args.threads)
        run(args)
    if not cells(args.results):
        print(f"no cells in {args.results}", file=sys.stderr)
        return 1
    write_report(args)
    return 0


def run(args: argparse.Namespace) -> None:
    """Every cell that is not there yet. Each seed starts with another system, so that none is
    always the one that finds the machine warm; a later trial follows its first."""
    source = pool(args.data_root, SET)
    test = source.test[:: max(1, len(source.test) // args.test_rows)][: args.test_rows]
    packed = pack(indexes(source.labels, (row.label for row in test)))
    write(args.results, Gold(list(source.labels), packed, fingerprint(test)))
    for turn, seed in enumerate(args.seeds):
        train = sample(source, replace(SET, per_label=args.per_label), seed)
        terms = Terms(
            args.threads,
            args.hyper,
            args.hyper["epochs"],
            len(train),
            fingerprint(train),
            fingerprint(test),
        )
        order = ([US, LATER], [TRAINER], [TRAINER_RATE])
        for group in (*order[turn % 3 :], *order[: turn % 3]):
            for name in group:
                _cell(args, _systems(args)[name], seed, Rows(train, test), terms)
        shutil.rmtree(args.results / "work", ignore_errors=True)


def _cell(args: argparse.Namespace, system: System, seed: int, rows: Rows, terms: Terms) -> None:
    done = found(args.results, system.name, seed, terms)
    if done and not done.problem:
        return
    work = args.results / "work"
    if system.after and not (work / f"{system.after}__{seed}" / "cache").exists():
        _cell_anew(args, _systems(args)[system.after], seed, rows, terms)
    _cell_anew(args, system, seed, rows, terms)


def _cell_anew(
    args: argparse.Namespace, system: System, seed: int, rows: Rows, terms: Terms
) -> None:
    print(f"seed {seed}: {system.name} ...", file=sys.stderr, flush=True)
    cell = run_cell(system, seed, rows, terms, args.results / "work")
    write(args.results, cell)
    print(f"    {_told(cell)}", file=sys.stderr, flush=True)


def write_report(args: argparse.Namespace) -> None:
    """`training_speed.json` and `.md` beside the folder of cells, from the cells alone."""
    results: Path = args.results
    right = gold(results)
    assert right is not None
    rows = [
        cell
        for cell in cells(results)
        if cell.terms.test_hash == right.test_hash
        and (cell.terms.threads, cell.terms.hyper) == (args.threads, args.hyper)
        and cell.seed in args.seeds
    ]
    result = report(rows, right, US, (TRAINER, TRAINER_RATE), LATER, args.seeds)
    facts = _facts(args, rows)
    document = {
        "facts": facts,
        **asdict(result),
        "gold": asdict(right),
        "cells": [asdict(cell) for cell in rows],
    }
    titles = {system.name: system.title for system in _systems(args).values()}
    page = markdown(result, rows, titles, facts)
    results.mkdir(parents=True, exist_ok=True)
    (results.parent / f"{results.name}.json").write_text(json.dumps(document, indent=1) + "\n")
    (results.parent / f"{results.name}.md").write_text(page)
    print(page)


def _facts(args: argparse.Namespace, rows: Sequence[Cell]) -> dict[str, str]:
    commits = sorted({cell.versions["commit"] for cell in rows if "commit" in cell.versions})
    sizes = sorted({cell.terms.train_rows for cell in rows})
    return {
        "command": "python benchmarks/training_speed.py " + typed(),
        "cells run": f"{min((cell.started for cell in rows), default='-')} to "
        f"{max((cell.started for cell in rows), default='-')}",
        "report written": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": f"{', '.join(map(str, sizes))} of {SET.folder}, another sample for each seed, "
        f"{args.hyper['epochs']} epochs",
        "threads": str(args.threads),
        "machine": f"{processor()}, {os.cpu_count()} logical cores",
        "our code": ", ".join(commits) + (" (MIXED)" if len(commits) > 1 else ""),
    }


def _told(cell: Cell) -> str:
    if cell.problem or cell.rate is None or cell.step_rate is None:
        return f"failed: {cell.problem}"
    counted = f", learning {cell.learned}" if cell.learned else ""
    return (
        f"{cell.rate:.1f} rows/s whole, {cell.step_rate:.1f} in steps, other work took "
        f"{cell.others or 0:.0%} of the machine{counted}"
    )


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--report-only", action="store_true", help="run nothing")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, help="for all; by default as the search drafts")
    parser.add_argument("--per-label", type=int, default=10, help="train rows of each label")
    parser.add_argument("--test-rows", type=int, default=4500, help="held-out rows, at most")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data-root", type=Path, default=ROOT / ".." / "shared" / "data")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "benchmarks" / "results" / "training_speed"
    )
    args = parser.parse_args(arguments)
    args.hyper = _drafted(args.per_label)
    if args.epochs is not None:
        args.hyper["epochs"] = args.epochs
    return args


def _drafted(per_label: int) -> dict[str, Any]:
    """The knobs with which the search first tries full.v1 on so many rows a label."""
    full = next(each for each in drafts(per_label, LABELS) if each.name == "full.v1")
    return full.defaults()


def _systems(args: argparse.Namespace) -> dict[str, System]:
    rate = float(args.hyper["rate"])
    found = (
        System(US, "full.v1", "pioneer", {}),
        System(LATER, "full.v1, a later trial", "pioneer", {"rate": rate / 2}, after=US),
        System(TRAINER, "Trainer, defaults", "trainer", {}),
        System(TRAINER_RATE, "Trainer, our learning rate", "trainer", {"learning_rate": rate}),
    )
    return {system.name: system for system in found}


if __name__ == "__main__":
    sys.exit(main())
