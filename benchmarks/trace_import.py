"""Rows per second of `pioneer traces import` from JSONL into SQLite, and the memory that it takes.

    .venv/bin/python benchmarks/trace_import.py                  # 300,000 rows, under a minute
    .venv/bin/python benchmarks/trace_import.py --rows 1000000
    .venv/bin/python benchmarks/trace_import.py --output FILE    # also as JSON

Three logs of a classifier with 150 labels: rows with ids, rows without (told apart by content), and
rows with right answers, each of which the metric judges. The floor is what reading the file as JSON
and nothing else takes. Each log is imported twice: the second time all of it is known. On a machine
that does other work besides, rows per processor second says what rows per second would be.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

BAR = 20_000
"""Rows per second that a log must reach."""
LABELS = tuple(f"intent_{number}" for number in range(150))
SAID = (
    "where is my parcel please tell me the order cancel account bill charged twice refund card "
    "lost change address when will it arrive today tomorrow help agent phone broken screen"
)
WORDS = SAID.split()
LOGS = ("ids", "no ids", "right answers")


def rows(log: str, count: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(log)
    for number in range(count):
        label = rng.choice(LABELS)
        row: dict[str, Any] = {
            "time": 1.7e9 + number,
            "model": "bench@1",
            "input": " ".join(rng.choices(WORDS, k=rng.randint(4, 24))),
            "output": label,
            "confidence": round(rng.random(), 4),
            "metadata": {"channel": rng.choice(("web", "mail", "app"))},
        }
        if log != "no ids":
            row["id"] = f"req-{rng.getrandbits(96):024x}"
        if log == "right answers":
            row["expected"] = label if rng.random() < 0.9 else rng.choice(LABELS)
        yield row


def floor(file: Path) -> float:
    """Seconds to read a file as JSON lines."""
    began = time.perf_counter()
    with file.open("rb") as stream:
        for line in stream:
            json.loads(line)
    return time.perf_counter() - began


def measure(log: str, file: Path, count: int) -> dict[str, Any]:
    """One log, imported twice, in this process."""
    from pioneer.families import family
    from pioneer.records import Kind, Task
    from pioneer.store.workspace import open_workspace
    from pioneer.traces.importing import Settings, import_paths
    from pioneer.traces.rows import row_reader

    task = Task(Kind.CLASSIFICATION, "find the intent", LABELS, "accuracy")
    settings = Settings("bench", row_reader(family(task.kind), task))
    before = _memory()
    seconds, work = [], []
    with open_workspace(file.with_suffix(""), write=True) as opened:
        for _ in range(2):
            began, spent = time.perf_counter(), time.process_time()
            with opened.engine.begin() as connection:
                (counts,) = import_paths(connection, [file], settings)
            seconds.append(time.perf_counter() - began)
            work.append(time.process_time() - spent)
            assert counts.rows == count
    size = (file.with_suffix("") / "pioneer.db").stat().st_size
    return {
        "log": log,
        "rows": count,
        "rows_per_second": round(count / seconds[0]),
        "rows_per_processor_second": round(count / work[0]),
        "again_rows_per_second": round(count / seconds[1]),
        "json_alone_mb_per_second": round(file.stat().st_size / floor(file) / 1e6, 1),
        "import_mb_per_second": round(file.stat().st_size / seconds[0] / 1e6, 1),
        "database_mb": round(size / 1e6),
        "memory_mb": round(_memory() - before),
    }


def _memory() -> float:
    """The most memory that this process has held, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


def _child(log: str, count: int) -> dict[str, Any]:
    """In a process of its own, so that its memory is its own."""
    command = [sys.executable, __file__, "--only", log, "--rows", str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--only", choices=LOGS)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args(arguments)
    if args.only:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "log.jsonl"
            with file.open("w", encoding="utf-8") as stream:
                stream.writelines(json.dumps(row) + "\n" for row in rows(args.only, args.rows))
            print(json.dumps(measure(args.only, file, args.rows)))
        return 0
    found = [_child(log, args.rows) for log in LOGS]
    _show(found)
    if args.output:
        machine = {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "processors": os.cpu_count(),
        }
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(json.dumps({"machine": machine, "logs": found}, indent=2) + "\n")
    return 0 if all(one["rows_per_second"] >= BAR for one in found) else 1


def _show(found: Sequence[dict[str, Any]]) -> None:
    print(f"bar: {BAR:,} rows/s\n")
    print("| log | rows | rows/s | rows/processor s | again | MB/s | JSON alone | memory |")
    print("|---|---|---|---|---|---|---|---|")
    for one in found:
        print(
            f"| {one['log']} | {one['rows']:,} | {one['rows_per_second']:,} "
            f"| {one['rows_per_processor_second']:,} "
            f"| {one['again_rows_per_second']:,} | {one['import_mb_per_second']} "
            f"| {one['json_alone_mb_per_second']} MB/s | {one['memory_mb']} MB |"
        )


if __name__ == "__main__":
    raise SystemExit(main())
