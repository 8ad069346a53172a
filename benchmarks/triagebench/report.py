"""The figures of triage as a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any


def markdown(document: Mapping[str, Any]) -> str:
    facts, logs = document["facts"], document["logs"]
    lines = [
        "# Triage on logs with known poison\n",
        f"`{facts['command'].strip()}`, {facts['machine']}, {facts['written']}. Each set is "
        "measured with weights fitted on the other sets and other rows. Not kept counts as poison "
        "found. Right corrections are harmless rows that the first model got wrong: what there is "
        "to learn.\n",
        "| set and poison | precision | recall | F1 | F1 by harm | clean and fixable kept | "
        "right corrections kept | cleanlab F1 | cleanlab kept |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    by_name: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for one in logs:
        by_name[one["name"].rsplit(" seed ", 1)[0]].append(one)
    heavy = [one for one in logs if " 5% " not in one["name"]]
    for name, mine in {**by_name, "mean": logs, "mean from 15% on": heavy}.items():
        lines.append(_line(name, mine))
    lines += ["\n| kind | not kept | of | with weights fitted without it |", "|---|---:|---:|---:|"]
    for part in ("caught", "lost"):
        for kind, (gone, of) in _summed(logs, part).items():
            unseen = document["kind_left_out"].get(kind)
            told = f"{100 * unseen[0] / max(unseen[1], 1):.1f} %" if unseen else "-"
            lines.append(f"| {kind} | {100 * gone / max(of, 1):.1f} % | {of} | {told} |")
    right = sum(one["relabelled"][0] for one in logs)
    of = sum(one["relabelled"][1] for one in logs)
    told = f"{right} of them the right one"
    lines.append(f"\nLabels proposed for {of} rows (nothing learns them), {told}.")
    return "\n".join(lines) + "\n"


def _line(name: str, logs: Sequence[Mapping[str, Any]]) -> str:
    def mean(key: str) -> str:
        return f"{100 * sum(one[key] for one in logs) / len(logs):.1f}"

    def peer(key: str) -> str:
        return f"{100 * sum(one['peer'][key] for one in logs) / len(logs):.1f}"

    figures = [mean(key) for key in ("precision", "recall", "f1", "by_harm", "kept")]
    kept = sum(one["kept_corrections"][0] for one in logs)
    of = sum(one["kept_corrections"][1] for one in logs)
    figures.append(f"{100 * kept / max(of, 1):.1f} of {of}")
    return f"| {name} | " + " | ".join([*figures, peer("f1"), peer("kept")]) + " |"


def _summed(logs: Sequence[Mapping[str, Any]], part: str) -> dict[str, tuple[int, int]]:
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in logs:
        for kind, (gone, of) in one[part].items():
            totals[kind][0] += gone
            totals[kind][1] += of
    return {kind: (gone, of) for kind, (gone, of) in sorted(totals.items())}
