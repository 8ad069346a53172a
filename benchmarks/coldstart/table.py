"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from coldstart.cells import Cell, Sealed
from coldstart.report import Bar, Pair, Report, Summary


def markdown(
    result: Report,
    cells: Sequence[Cell],
    sealed: Mapping[str, Sealed],
    titles: Mapping[str, str],
    facts: Mapping[str, str],
) -> str:
    """The page: the bars first, then what they rest on."""
    counted = [name for name, each in sealed.items() if each.counted]
    others = [name for name in sealed if name not in counted]
    parts = [
        "# Cold start against what one would use instead\n",
        *(f"- {key}: {value}" for key, value in facts.items()),
        "\n## Bars\n",
        *_bars(result.bars),
        "\n## Accuracy, %\n",
        "Mean over seeds, with the 95 % bootstrap interval over test rows; "
        "`t` seeds timed out, `f` failed, `o` ended over the budget.\n",
        *_accuracies(result, sealed, counted, titles),
        "\n## Macro-F1, %\n",
        *_grid(result.summaries, counted, titles, lambda each: _percent(each.macro_f1)),
        "\n## Wall seconds: fit (the budget covers it) / predict\n",
        *_grid(result.summaries, [*counted, *others], titles, _seconds),
        "\n## Ours less theirs, points\n",
        "Same rows, all seeds, one test row one cluster: 95 % bootstrap interval, and the p of the "
        "exact sign-flip test (McNemar's, clustered), Holm over all pairs of the counted sets. "
        "It covers the choice of test rows, not of train rows beyond these seeds.\n",
        *_pair_lines(result.pairs, titles),
    ]
    if others:
        parts += ["\n## Reported besides, not in the bars\n", *_besides(result, others, titles)]
    parts += ["\n## Sets\n", *_set_lines(sealed), "\n## Versions\n", *_versions(cells)]
    parts += ["\n## Failures and time-outs\n", *_problems(cells)]
    return "\n".join(parts) + "\n"


def _bars(bars: Iterable[Bar]) -> Iterable[str]:
    words = {True: "met", False: "not met", None: "cannot be said"}
    return [f"- **{words[bar.met]}**: {bar.name} ({bar.reason})" for bar in bars]


def _accuracies(
    result: Report, sealed: Mapping[str, Sealed], names: Sequence[str], titles: Mapping[str, str]
) -> list[str]:
    lines = _grid(result.summaries, names, titles, _accuracy)
    if result.ranks:
        each = [f"{result.ranks[name]:.2f}" for name in titles]
        lines.append(_line([f"mean rank ({result.rank_blocks} set-seed blocks)", *each]))
    rows = ", ".join(f"{name} {sealed[name].test_rows}" for name in names)
    return [*lines, f"\nTest rows: {rows}."]


def _grid(
    summaries: Iterable[Summary],
    names: Sequence[str],
    titles: Mapping[str, str],
    show: Callable[[Summary], str],
) -> list[str]:
    found = {(each.set, each.system): each for each in summaries}
    lines = [_line(["set", *titles.values()]), _line(["---"] * (len(titles) + 1))]
    for name in names:
        row = [found.get((name, system)) for system in titles]
        lines.append(_line([name, *("" if each is None else show(each) for each in row)]))
    return lines


def _accuracy(each: Summary) -> str:
    marks = ((each.timeouts, "t"), (each.failures, "f"), (each.over_budget, "o"))
    noted = " ".join(f"{count}{mark}" for count, mark in marks if count)
    if each.accuracy is None:
        return f"none ({noted})"
    span = f"{100 * each.accuracy.low:.1f}-{100 * each.accuracy.high:.1f}"
    text = f"{_percent(each.accuracy.value)} ({span})"
    return f"{text} {noted}" if noted else text


def _seconds(each: Summary) -> str:
    asked = "-" if each.predict_seconds is None else f"{each.predict_seconds:.0f}"
    return f"{each.fit_seconds:.0f} / {asked}"


def _pair_lines(pairs: Iterable[Pair], titles: Mapping[str, str]) -> list[str]:
    heads = ["set", "peer", "difference", "95 %", "only we right", "only they", "p", "p Holm"]
    lines = [_line(heads), _line(["---"] * len(heads))]
    for pair in pairs:
        gap = pair.difference
        adjusted = "not counted" if pair.p_holm is None else f"{pair.p_holm:.2g}"
        lines.append(
            _line(
                [
                    pair.set,
                    titles[pair.peer],
                    f"{100 * gap.value:+.2f}",
                    f"{100 * gap.low:+.2f} to {100 * gap.high:+.2f}",
                    str(pair.wins),
                    str(pair.losses),
                    f"{pair.p:.2g}",
                    adjusted,
                ]
            )
        )
    return lines


def _besides(result: Report, names: Sequence[str], titles: Mapping[str, str]) -> list[str]:
    lines = ["Accuracy, then accuracy of the in-scope rows / recall of the out-of-scope rows.\n"]
    return lines + _grid(result.summaries, names, titles, _with_scope)


def _with_scope(each: Summary) -> str:
    return f"{_accuracy(each)}; {_percent(each.in_scope)} / {_percent(each.oos_recall)}"


def _set_lines(sealed: Mapping[str, Sealed]) -> list[str]:
    return [
        f"- {each.name}: {len(each.labels)} labels, {each.test_rows} test rows (hash "
        f"{each.test_hash}), train rows drawn from {each.pool_rows}, "
        f"after {each.dropped} near-duplicates of test rows were taken out"
        for each in sealed.values()
    ]


def _versions(cells: Iterable[Cell]) -> list[str]:
    found = {
        f"- {cell.system}: " + ", ".join(f"{name} {number}" for name, number in pairs)
        for cell in cells
        if (pairs := sorted(cell.versions.items()))
    }
    return sorted(found)


def _problems(cells: Iterable[Cell]) -> list[str]:
    lines = [
        f"- {cell.set}, {cell.system}, seed {cell.seed}: {cell.status.value} after "
        f"{cell.fit_seconds:.0f} s: {cell.problem}"
        for cell in cells
        if cell.problem
    ]
    return lines or ["None."]


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def _line(fields: Iterable[str]) -> str:
    return "| " + " | ".join(fields) + " |"
