"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from trainingspeed.cells import Cell
from trainingspeed.report import Line, Report, Spread


def markdown(
    result: Report, cells: Sequence[Cell], titles: Mapping[str, str], facts: Mapping[str, str]
) -> str:
    """The page: the bars first, then what they rest on."""
    words = {True: "met", False: "not met", None: "cannot be said"}
    parts = [
        "# Full fine-tuning against transformers.Trainer\n",
        *(f"- {key}: {value}" for key, value in facts.items()),
        "\n## Bars\n",
        *(f"- **{words[bar.met]}**: {bar.name} ({bar.reason})" for bar in result.bars),
        "\n## Speed\n",
        "Rows trained per second, epochs counted: median over seeds, and range. *Whole* runs from "
        "texts in memory to a trained model (weights loaded, rows tokenised and, where a system "
        "does so, embedded), *steps* is the training loop alone, *per processor second* is whole "
        "divided by the work of all threads. The libraries are imported before the clock starts.\n",
        *_speeds(result.lines, titles),
        "\n## Accuracy on held-out rows, %\n",
        "Mean over seeds, with the 95 % bootstrap interval over rows.\n",
        *_accuracies(result.lines, titles),
        "\n## Ours against theirs, on the same rows and seeds\n",
        "p is that of the exact sign-flip test (McNemar's, one held-out row one cluster).\n",
        *_pairs(result, titles),
        "\n## Settings and versions\n",
        *_settings(cells),
    ]
    problems = [
        f"- {cell.system}, seed {cell.seed}: {cell.problem}" for cell in cells if cell.problem
    ]
    return "\n".join([*parts, "\n## Failures\n", *(problems or ["None."])]) + "\n"


def _speeds(lines: Iterable[Line], titles: Mapping[str, str]) -> list[str]:
    heads = ["system", "whole", "steps", "per processor second", "other work, at most"]
    rows = [
        [
            titles[line.system],
            _told(line.rate),
            _told(line.step_rate),
            _told(line.processor_rate),
            "-" if line.others is None else f"{line.others:.0%}",
        ]
        for line in lines
    ]
    return _table(heads, rows)


def _accuracies(lines: Iterable[Line], titles: Mapping[str, str]) -> list[str]:
    rows = [
        [
            titles[line.system],
            f"{100 * line.accuracy.value:.2f} "
            f"({100 * line.accuracy.low:.1f}-{100 * line.accuracy.high:.1f})",
            ", ".join(f"{100 * value:.2f}" for value in line.per_seed.values()),
        ]
        for line in lines
    ]
    return _table(["system", "accuracy", "each seed"], rows)


def _pairs(result: Report, titles: Mapping[str, str]) -> list[str]:
    heads = ["against", "times as fast", "steps alone", "points", "only we right", "only they", "p"]
    rows = [
        [
            titles[pair.peer],
            _told(pair.faster, 2),
            _told(pair.faster_steps, 2),
            f"{100 * pair.difference.value:+.2f} "
            f"({100 * pair.difference.low:+.2f} to {100 * pair.difference.high:+.2f})",
            str(pair.wins),
            str(pair.losses),
            f"{pair.p:.2g}",
        ]
        for pair in result.pairs
    ]
    return _table(heads, rows)


def _settings(cells: Iterable[Cell]) -> list[str]:
    found = {
        f"- {cell.system}: " + ", ".join(f"{name} {value}" for name, value in pairs)
        for cell in cells
        if (pairs := [*cell.note.items(), *sorted(cell.versions.items())])
    }
    return sorted(found)


def _told(spread: Spread, digits: int = 1) -> str:
    return f"{spread.median:.{digits}f} ({spread.low:.{digits}f}-{spread.high:.{digits}f})"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]
