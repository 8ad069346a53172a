"""How often the gate promotes candidates whose true gain is known, because it was planted.

    .venv/bin/python benchmarks/gate_table.py             # resumes where it was stopped
    .venv/bin/python benchmarks/gate_table.py --report-only

Every rule is on. Thousands of draws a cell are decided at once by the gate's own functions; on a
sample of the draws of every cell the gate itself is asked, row by row, and must say the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import platform
import sys
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import pioneer.gates
from gatetable.batch import RULES, Verdicts, check, verdicts
from gatetable.report import bars, markdown
from gatetable.worlds import WORLDS, Cell, cells, layout, planted
from pioneer.evaluation.intervals import wilson

HERE = Path(__file__).parent
NAME = "gate_table"
CHUNK = 500
"""Draws that share labels and slices of their rows."""


def main(arguments: Sequence[str] | None = None) -> int:
    args = _arguments(arguments)
    file = args.results / f"{NAME}.json"
    stamp = {"seed": args.seed, "draws": args.draws, "checked": args.checked, "code": code()}
    found = kept(file, stamp)
    if not args.report_only:
        for cell in cells():
            if cell.key not in found:
                found[cell.key] = measured(cell, args.seed, args.draws, args.checked)
                save(file, stamp, found)
                print(f"{cell.key}: {found[cell.key]['promoted']:.4f}", file=sys.stderr, flush=True)
    if len(found) < len(list(cells())):
        print(f"{len(found)} of {len(list(cells()))} cells of this gate in {file}", file=sys.stderr)
        return 1
    document = save(file, stamp, found)
    file.with_suffix(".md").write_text(markdown(document), encoding="utf-8")
    missed = [bar for bar in document["bars"] if not bar["met"]]
    for bar in missed:
        print(f"missed: {bar['bar']}: {bar['worst']:.4f} in {bar['cell']}", file=sys.stderr)
    return 1 if missed else 0


def measured(cell: Cell, seed: int, draws: int, checked: int) -> dict[str, Any]:
    """One cell: how often the candidate is promoted, and how often each rule lets it pass."""
    rng = np.random.default_rng([seed, zlib.crc32(cell.key.encode())])
    parts: list[Verdicts] = []
    for start in range(0, draws, CHUNK):
        rows = layout(cell, rng)
        drawn = planted(cell, rows, min(CHUNK, draws - start), rng)
        found = verdicts(cell, rows, drawn)
        for at in range(math.ceil(checked * CHUNK / draws)):
            check(cell, rows, drawn, found, at)
        parts.append(found)
    promoted = sum(int(part.promoted.sum()) for part in parts)
    passed = {rule: sum(int(part.passed[rule].sum()) for part in parts) / draws for rule in RULES}
    if cell.world.oversampled:
        passed["better by z alone"] = sum(int(part.by_z_alone.sum()) for part in parts) / draws
    low, high = wilson(promoted, draws)
    return {
        "world": cell.world.name,
        "gain": cell.gain,
        "broken": cell.broken,
        "groups": cell.groups,
        "planted_fixed": round(max(0.0, cell.planted_fixed), 6),
        "planted_broken": round(cell.planted_broken, 6),
        "promoted": promoted / draws,
        "ci95": [round(low, 5), round(high, 5)],
        "passed": passed,
    }


def kept(file: Path, stamp: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The cells that are there already, of the same gate, seed and number of draws."""
    if not file.exists():
        return {}
    document = json.loads(file.read_text(encoding="utf-8"))
    if {name: document[name] for name in stamp} != dict(stamp):
        return {}
    return {_key(cell): cell for cell in document["cells"]}


def save(file: Path, stamp: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Written whole or not at all; a line a cell."""
    ordered = [found[cell.key] for cell in cells() if cell.key in found]
    document = {
        **stamp,
        "command": f".venv/bin/python benchmarks/gate_table.py --draws {stamp['draws']} "
        f"--seed {stamp['seed']} --checked {stamp['checked']}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in ("pioneer", "numpy", "scipy")},
        },
        "worlds": {world.name: world.told for world in WORLDS},
        "bars": bars(ordered),
    }
    head = json.dumps(document, indent=1)[:-2]
    lines = ",\n".join(f"  {json.dumps(cell)}" for cell in ordered)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(f'{head},\n "cells": [\n{lines}\n ]\n}}\n', encoding="utf-8")
    partial.replace(file)
    return {**document, "cells": ordered}


def code() -> str:
    """What decides and what is planted, as a hash: other code makes every cell anew."""
    gates = sorted(Path(pioneer.gates.__path__[0]).glob("*.py"))
    ours = [HERE / "gatetable" / name for name in ("worlds.py", "batch.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in [*gates, *ours])).hexdigest()[:16]


def _key(cell: Mapping[str, Any]) -> str:
    return f"{cell['world']}|{cell['gain']}|{cell['broken']}|{cell['groups']}"


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checked", type=int, default=20, help="draws a cell asked row by row")
    parser.add_argument("--results", type=Path, default=HERE / "results")
    parser.add_argument("--report-only", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
