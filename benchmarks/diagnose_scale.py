"""Seconds and memory of `pioneer diagnose` on a large log: 1,000,000 traces, 5 % of them failures.

    .venv/bin/python benchmarks/diagnose_scale.py                     # about ten minutes
    .venv/bin/python benchmarks/diagnose_scale.py --traces 100000
    .venv/bin/python benchmarks/diagnose_scale.py --keep DIR          # keeps the workspace for more

A probe on all-MiniLM-L6-v2 learns 20 rows of each of CLINC150's 150 intents. Its real answers to
6,000 other rows make the log: of each call the text with other words around it, the answer, and the
right answer; every fifth call is unjudged. The log is imported, then `pioneer diagnose --json
--output FILE --report FILE` runs as a process of its own, on two processors, nothing cached: it
reads every trace, answers and embeds its sample, and writes a line for every trace.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from coldstart.machine import limit_cpus, processor
from gaterounds.rounds import OneProbe
from gaterounds.worlds import pools
from pioneer import api
from pioneer.events import silent
from pioneer.execution.inline import inline_executor
from pioneer.journal import runs
from pioneer.loop.cold_start import cold_start
from pioneer.records import dump
from pioneer.store.workspace import open_workspace

ROOT = Path(__file__).resolve().parent.parent
BAR_SECONDS, BAR_MB = 300.0, 2000.0
"""For 1,000,000 traces, on two processors that do nothing else."""
KNOWN, LOGGED = 20, 40
"""Rows an intent that the version learned from, and from which the log is made."""
FAILED, UNJUDGED = 0.05, 0.2
OPENINGS = (
    "hi", "hello there", "hey", "please", "quick question", "so", "okay", "um", "listen",
    "sorry to bother you", "thanks for your help earlier", "one more thing", "right then",
)  # fmt: skip
CLOSINGS = (
    "please", "thanks", "if you can", "asap", "for me", "today", "right now", "when you have time",
    "my friend asked me that", "i am in a hurry", "no rush", "is that fine", "you know",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answered:
    text: str
    right: str
    said: str


def main(arguments: Sequence[str] | None = None) -> int:
    args = _arguments(arguments)
    limit_cpus(2)
    with tempfile.TemporaryDirectory() as fresh:
        folder = args.keep or Path(fresh)
        workspace = folder / "workspace"
        imported = 0.0
        if not (workspace / "pioneer.db").exists():
            imported = _prepare(folder, workspace, args)
        found = measure(workspace, folder)
    document = {
        "facts": {
            "command": f"python benchmarks/diagnose_scale.py --traces {args.traces}",
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{processor()}, {platform.system()}, 2 processors",
            "pioneer": version("pioneer"),
        },
        "bar": {"traces": 1_000_000, "seconds": BAR_SECONDS, "memory_mb": BAR_MB},
        "import_seconds": round(imported, 1),
    } | found
    print(json.dumps(document, indent=1))
    if args.output:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0 if found["seconds"] <= BAR_SECONDS and found["memory_mb"] <= BAR_MB else 1


def measure(workspace: Path, folder: Path) -> dict[str, Any]:
    """One `pioneer diagnose`, without the caches of an earlier one."""
    cache = workspace / "cache"
    if cache.is_dir():
        shutil.rmtree(cache)
    lines, page = folder / "lines.jsonl", folder / "page.html"
    command = [
        str(Path(sys.executable).with_name("pioneer")), "diagnose", "m",
        "--workspace", str(workspace), "--json", "--output", str(lines), "--report", str(page),
    ]  # fmt: skip
    began = time.monotonic()
    with (folder / "diagnosis.json").open("wb") as told:
        child = subprocess.Popen(command, stdout=told)
        _, status, used = os.wait4(child.pid, 0)
    seconds = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"diagnose ended with {child.returncode}")
    said = json.loads((folder / "diagnosis.json").read_text("utf-8"))
    with lines.open("rb") as stream:
        written = sum(1 for _ in stream)
    assert written == said["counts"]["read"]
    return {
        "traces": said["counts"]["read"],
        "seconds": round(seconds, 1),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
        "memory_mb": round(_megabytes(used)),
        "counts": said["counts"],
        "rate": said["rate"],
        "ci95": said["ci95"],
        "triage": said["triage"],
        "clusters": len(said["clusters"]),
        "notes": said["notes"],
    }


def _prepare(folder: Path, workspace: Path, args: argparse.Namespace) -> float:
    """A served version and its log in the store; returns the seconds of the import."""
    rng = random.Random(0)
    texts = pools(args.data_root)
    drawn = {label: rng.sample(rows, KNOWN + LOGGED) for label, rows in texts.items()}
    data = folder / "data"
    data.mkdir(parents=True)
    known = [{"text": t, "label": label} for label in drawn for t in drawn[label][:KNOWN]]
    (data / "train.jsonl").write_text("\n".join(map(json.dumps, known)), encoding="utf-8")
    wanted = api.request(
        "Classify what a user of an assistant wants", data=str(data), name="m", max_trials=1
    )
    with open_workspace(workspace, write=True) as opened:
        begun = runs.start(opened.engine, api.COLD_START, dump(wanted))
        cold_start(opened, begun, wanted, silent, OneProbe(), inline_executor)
    asked = [(text, label) for label in drawn for text in drawn[label][KNOWN:]]
    said = api.load("m", workspace=workspace)([text for text, _ in asked])
    answered = [Answered(*row, str(one.output)) for row, one in zip(asked, said, strict=True)]
    log = folder / "log.jsonl"
    with log.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in calls(answered, args.traces))
    began = time.monotonic()
    api.import_traces([log], "m", workspace)
    log.unlink()
    return time.monotonic() - began


def calls(answered: Sequence[Answered], count: int) -> Iterator[dict[str, Any]]:
    """The log: as many failures as said, whatever the version's accuracy."""
    rng = random.Random(1)
    right = [one for one in answered if one.said == one.right]
    wrong = [one for one in answered if one.said != one.right]
    for at in range(count):
        one = rng.choice(wrong if rng.random() < FAILED else right)
        call: dict[str, Any] = {
            "id": f"req-{rng.getrandbits(64):016x}",
            "time": 1.7e9 + at,
            "model": "m@1",
            "input": f"{rng.choice(OPENINGS)} {one.text} {rng.choice(CLOSINGS)}",
            "output": one.said,
            "confidence": round(rng.random(), 3),
            "metadata": {"channel": rng.choice(("web", "mail", "app"))},
        }
        if rng.random() >= UNJUDGED:
            call |= {"expected": one.right, "judge": "human"}
        yield call


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--traces", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder that is kept, and used again")
    parser.add_argument("--data-root", type=Path, default=ROOT / ".." / "shared" / "data")
    parser.add_argument("--output", type=Path, help="also write the figures there, as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
