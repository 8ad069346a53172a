"""Run `pioneer cold-start` against what one would use instead: same rows, seeds and wall clock.

    .venv/bin/python benchmarks/cold_start.py --setup     # once: the peers' environments
    .venv/bin/python benchmarks/cold_start.py             # resumes where it was stopped
    .venv/bin/python benchmarks/cold_start.py --report-only

README.md in this folder says what is compared and how fairly.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from coldstart.cells import Cell, Sealed, Status, Terms, cells, found, indexes, pack, sealed, write
from coldstart.machine import limit_cpus, processor, typed
from coldstart.report import report
from coldstart.running import Rules, run_cell
from coldstart.sets import RECIPES, Pool, fingerprint, pool, sample
from coldstart.systems import FROZEN, ROOT, SYSTEMS, US, pull_base, set_up
from coldstart.table import markdown

UNITS = {"s": 1, "m": 60, "h": 3600}
SEEDS = (0, 1, 2)


def main(arguments: Sequence[str] | None = None) -> int:
    args = _arguments(arguments)
    rules = Rules(args.budget, _seconds(args.budget), args.grace, args.threads)
    if args.setup:
        for name in args.systems:
            set_up(SYSTEMS[name])
        return 0
    if not args.report_only:
        if absent := [name for name in args.systems if not SYSTEMS[name].ready]:
            print(f"no environment for {', '.join(absent)}: run with --setup", file=sys.stderr)
            return 1
        limit_cpus(rules.threads)
        run(args, rules)
    write_report(args.results, rules)
    return 0


def run(args: argparse.Namespace, rules: Rules) -> None:
    """Every wanted cell that is not there yet, a whole seed before the next."""
    if US in args.systems:
        pull_base()
    sources = {name: pool(args.data_root, RECIPES[name]) for name in args.sets}
    for name, source in sources.items():
        write(args.results, _sealed(name, source))
    for seed in args.seeds:
        for name in args.sets:
            for system in args.systems:
                _cell(args, rules, system, name, seed, sources[name])


def _cell(
    args: argparse.Namespace, rules: Rules, system: str, name: str, seed: int, source: Pool
) -> None:
    recipe = RECIPES[name]
    rows = sample(source, recipe, seed)
    terms = Terms(rules.seconds, rules.threads, fingerprint(rows), fingerprint(source.test))
    done = found(args.results, system, name, seed, terms)
    failed = args.retry_failed and done is not None and done.status is Status.FAILED
    if done and not failed and not _disturbed(done, args.quiet):
        return
    print(f"{name} seed {seed}: {system} ...", file=sys.stderr, flush=True)
    folder = args.results / "work" / f"{system}__{name}__{seed}"
    cell = run_cell(SYSTEMS[system], recipe, seed, rows, source, rules, terms, folder)
    write(args.results, cell)
    if not args.keep_work:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"    {_told(cell, source)}", file=sys.stderr, flush=True)


def _disturbed(cell: Cell, quiet: float) -> bool:
    """Whether other work took more of the machine than a fair fit allows."""
    return cell.others is not None and cell.others > quiet


def write_report(results: Path, rules: Rules) -> None:
    """`cold_start.json` and `.md` beside the folder of cells, from the cells alone."""
    sets = {name: each for name, each in sealed(results).items() if name in RECIPES}
    sets = {name: sets[name] for name in RECIPES if name in sets}
    rows = [
        cell
        for cell in cells(results)
        if (cell.terms.budget, cell.terms.threads) == (rules.seconds, rules.threads)
        and cell.set in sets
        and cell.terms.test_hash == sets[cell.set].test_hash
        and cell.system in SYSTEMS
    ]
    wanted = {name: SEEDS for name, recipe in RECIPES.items() if recipe.counted}
    result = report(rows, sets, US, FROZEN, wanted, list(SYSTEMS))
    facts = _facts(rows, rules)
    document = {
        "facts": facts,
        **asdict(result),
        "sets": [asdict(each) for each in sets.values()],
        "cells": [_without_predictions(cell) for cell in rows],
    }
    titles = {name: system.title for name, system in SYSTEMS.items()}
    page = markdown(result, rows, sets, titles, facts)
    results.mkdir(parents=True, exist_ok=True)
    (results.parent / f"{results.name}.json").write_text(json.dumps(document, indent=1) + "\n")
    (results.parent / f"{results.name}.md").write_text(page)
    print(page)


def _facts(rows: Sequence[Cell], rules: Rules) -> dict[str, str]:
    commits = sorted({cell.versions.get("commit", "?") for cell in rows if cell.system == US})
    shares = [cell.others for cell in rows if cell.others is not None]
    busiest = f"{max(shares):.0%}" if shares else "an unknown share"
    return {
        "command": "python benchmarks/cold_start.py " + typed(),
        "cells run": f"{min((cell.started for cell in rows), default='-')} to "
        f"{max((cell.started for cell in rows), default='-')}",
        "report written": datetime.now(UTC).isoformat(timespec="seconds"),
        "budget": f"{rules.budget} of wall clock for each system, set and seed, process start "
        f"included; killed {rules.grace:g} s past it",
        "threads": str(rules.threads),
        "machine": f"{processor()}, {os.cpu_count()} logical cores, {platform.system()}; "
        f"other work took at most {busiest} of it during a fit",
        "our code": ", ".join(commits) + (" (MIXED)" if len(commits) > 1 else ""),
    }


def _sealed(name: str, source: Pool) -> Sealed:
    return Sealed(
        name=name,
        labels=list(source.labels),
        gold=pack(indexes(source.labels, (row.label for row in source.test))),
        test_hash=fingerprint(source.test),
        test_rows=len(source.test),
        pool_rows=len(source.train),
        dropped=source.dropped,
        counted=RECIPES[name].counted,
    )


def _told(cell: Cell, source: Pool) -> str:
    if cell.answers is None:
        return f"{cell.status.value} after {cell.fit_seconds} s: {cell.problem}"
    gold = indexes(source.labels, (row.label for row in source.test))
    right = sum(mine == theirs for mine, theirs in zip(gold, cell.answers, strict=True))
    share = f"{100 * right / len(gold):.2f} %"
    return f"{share}, fit {cell.fit_seconds} s, predict {cell.predict_seconds} s, {cell.note}"


def _without_predictions(cell: Cell) -> Mapping[str, object]:
    return {key: value for key, value in asdict(cell).items() if key != "predictions"}


def _seconds(text: str) -> float:
    number, unit = (text[:-1], text[-1]) if text[-1:] in UNITS else (text, "s")
    seconds = float(number) * UNITS[unit]
    if seconds <= 0:
        raise ValueError(f"--budget must be above 0, but got {text}")
    return seconds


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    def names(known: Mapping[str, object]) -> dict[str, object]:
        return {"nargs": "+", "choices": list(known), "default": list(known)}

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--setup", action="store_true", help="make the peers' environments, end")
    parser.add_argument("--report-only", action="store_true", help="run nothing")
    parser.add_argument("--systems", **names(SYSTEMS))  # type: ignore[arg-type]
    parser.add_argument("--sets", **names(RECIPES))  # type: ignore[arg-type]
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--budget", default="5m", help="wall clock of one fit: 300s, 5m, 1h")
    parser.add_argument("--grace", type=float, default=30.0, help="seconds until it is killed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data-root", type=Path, default=ROOT / ".." / "shared" / "data")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "benchmarks" / "results" / "cold_start"
    )
    parser.add_argument("--retry-failed", action="store_true")
    parser.add_argument(
        "--quiet",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="run cells again during which other work took more than this of the machine",
    )
    parser.add_argument("--keep-work", action="store_true", help="keep models and logs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
