"""Rounds of the real `improve`, on probe recipes, in worlds that try to make it promote harm.

    .venv/bin/python benchmarks/gate_rounds.py             # resumes where it was stopped
    .venv/bin/python benchmarks/gate_rounds.py --report-only

Forty rounds of each of five modes (label noise, shuffled corrections, tiny log, one intent
destroyed, drifted traffic), and of a sixth as many as it takes until fifty gave a candidate that is
at least 5 points better, judged by 300 groups. Seeds are 0, 1, 2, ... in every mode.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from coldstart.machine import limit_cpus, processor, typed
from gaterounds.report import REAL, bars, markdown, real
from gaterounds.rounds import Round, run_round
from gaterounds.worlds import MODES, pools

ROOT = Path(__file__).resolve().parent.parent
SPOILT, MOST = 40, 100
"""Rounds of a mode that spoils, and of any mode, whatever comes of them."""


def main(arguments: Sequence[str] | None = None) -> int:
    args = _arguments(arguments)
    file = args.results / "gate_rounds.json"
    found = _kept(file)
    if not args.report_only:
        limit_cpus(2)
        texts = pools(args.data_root)
        work = args.results / "gate_rounds" / "work"
        for mode in args.modes:
            for seed in range(args.rounds or MOST):
                if (mode, seed) in found:
                    continue
                if not args.rounds and _enough(mode, found):
                    break
                played = run_round(mode, seed, texts, work / f"{mode} {seed}", work / "cache")
                found[mode, seed] = played
                _save(file, found)
                shutil.rmtree(work / f"{mode} {seed}", ignore_errors=True)
                print(_told(played), file=sys.stderr, flush=True)
    document = _save(file, found)
    page = markdown(document)
    file.with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)
    return 0 if all(bar["met"] for bar in document["bars"]) else 1


def _enough(mode: str, found: Mapping[tuple[str, int], Round]) -> bool:
    mine = [one for one in found.values() if one.mode == mode]
    return sum(map(real, mine)) >= REAL if MODES[mode].gains else len(mine) >= SPOILT


def _told(played: Round) -> str:
    after = "-" if played.candidate is None else f"{played.candidate:.1f}"
    return (
        f"{played.mode} {played.seed}: {played.decision}, {played.before:.1f} -> {after}, "
        f"{played.gate_groups} gate groups, {played.seconds:.0f} s"
        + (" HARMFUL" if played.harmful else "")
    )


def _kept(file: Path) -> dict[tuple[str, int], Round]:
    if not file.exists():
        return {}
    rounds = [Round(**one) for one in json.loads(file.read_text(encoding="utf-8"))["rounds"]]
    return {(one.mode, one.seed): one for one in rounds}


def _save(file: Path, found: Mapping[tuple[str, int], Round]) -> dict[str, Any]:
    rounds = [found[key] for key in sorted(found)]
    document = {
        "facts": {
            "command": "python benchmarks/gate_rounds.py " + typed(),
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{processor()}, {platform.system()}",
            "pioneer": version("pioneer"),
        },
        "bars": bars(rounds),
        "rounds": [asdict(one) for one in rounds],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    part.replace(file)
    return document


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--report-only", action="store_true", help="run nothing")
    parser.add_argument("--modes", nargs="+", choices=list(MODES), default=list(MODES))
    parser.add_argument("--rounds", type=int, help="so many of each mode")
    parser.add_argument("--data-root", type=Path, default=ROOT / ".." / "shared" / "data")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
