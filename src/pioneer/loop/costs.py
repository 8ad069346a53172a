"""What a run cost, read from its journal."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.execution.job import JobResult
from pioneer.journal.journal import Entry
from pioneer.records import load
from pioneer.report import record

_STAGES = {
    "acquire": "finding the rows",
    "prepare": "rows and splits",
    "baselines": "baselines",
    "slices": "slices",
    "settle": "test and refit",
    "succession": "gate",
}


def worked(entries: Sequence[Entry]) -> dict[int, float]:
    """Seconds of work until each entry, by its number; the time between two lives is none."""
    found: dict[int, float] = {}
    total, last = 0.0, entries[0].at if entries else 0.0
    for entry in entries:
        if entry.name != "life started":
            total += max(0.0, entry.at - last)
        found[entry.seq] = total
        last = entry.at
    return found


def stages(entries: Sequence[Entry]) -> tuple[record.Stage, ...]:
    """The stages and the rounds of the search in their order, each from the end of the one before;
    those too short to be seen are left out."""
    clock = worked(entries)
    ends: dict[str, float] = {}
    trials: dict[int, list[int]] = {}
    for entry in entries:
        if entry.name == "stage finished":
            name = entry.payload["stage"]
            ends[_STAGES.get(name, name)] = clock[entry.seq]
        elif entry.name == "trial":
            number = entry.payload["iteration"]
            ends.pop(_round(number, trials.get(number, [])), None)
            trials.setdefault(number, []).append(entry.payload["number"])
            ends[_round(number, trials[number])] = clock[entry.seq]
    starts = [0.0, *ends.values()]
    spans = {name: end - start for (name, end), start in zip(ends.items(), starts, strict=False)}
    return tuple(record.Stage(name, span) for name, span in spans.items() if span >= 0.05)


def cost(entries: Sequence[Entry], seconds: float) -> record.RunCost:
    """What the journal tells; `seconds` is the whole, in all lives of the run."""
    results = [load(JobResult, entry.payload) for entry in entries if entry.name == "job finished"]
    return record.RunCost(
        seconds=seconds,
        stages=stages(entries),
        trained_rows=sum(result.cost.trained_rows for result in results),
        peak_memory_mb=max((result.peak_mb for result in results), default=None),
    )


def _round(number: int, trials: Sequence[int]) -> str:
    noun = "trial" if len(trials) == 1 else "trials"
    return f"round {number}: {noun} {', '.join(map(str, trials))}"
