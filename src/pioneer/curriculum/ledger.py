"""data-curation.md: what was done with the rows and why, as a person reads it.

It names rows by id and place, never by their text: forgetting a row must not have to search here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

from pioneer.curriculum.compose import Decision
from pioneer.families.base import Repair
from pioneer.records import Json, Mix

_SHOWN = 20
"""Rows named per reason."""

ROWS_FILE = "data-curation.jsonl"


@dataclass(frozen=True, slots=True)
class Suspected:
    """A row whose label an out-of-fold model contradicts."""

    id: str
    part: str
    """train | dev | test; only rows of train may be left out for it."""
    target: str
    rival: str | None


@dataclass(frozen=True, slots=True)
class TriedMix:
    """A composition, the trials that learned from it, and what it decided for every train row."""

    mix: Mix
    trials: Sequence[int]
    decisions: Sequence[Decision]


@dataclass(frozen=True, slots=True)
class Curation:
    """All that the page tells."""

    rows_in: int
    rows_left: int
    """Rows after cleaning, all parts together."""
    repairs: Sequence[Repair] = ()
    labels_before: Mapping[str, int] = field(default_factory=dict)
    labels_after: Mapping[str, int] = field(default_factory=dict)
    suspects: Sequence[Suspected] = ()
    trust: str = ""
    """How far the model that suspects them can be believed."""
    mixes: Sequence[TriedMix] = ()
    places: Mapping[str, str] = field(default_factory=dict)
    """Row id -> 'file:row', where known."""


def curation_markdown(curation: Curation) -> str:
    """The page; sections that have nothing to say are one sentence long."""
    left, came = curation.rows_left, curation.rows_in
    parts = [
        ["# Data curation", "", f"{came} rows came in, {left} are left after cleaning."],
        ["## Repaired and dropped", "", *_repairs(curation)],
        ["## Labels", "", *_labels(curation)],
        ["## Suspected label errors", "", *_suspects(curation)],
        ["## Mixes tried", "", *_mixes(curation)],
    ]
    if next(curation_rows(curation), None):
        parts.append([f"Every row named or counted here stands in {ROWS_FILE}, one a line."])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def curation_rows(curation: Curation) -> Iterator[dict[str, Json]]:
    """What was done with each row that was touched, and why; one entry for each thing done."""
    for repair in curation.repairs:
        if repair.row_id is not None:
            yield _row(curation, repair.row_id, repair.action, repair.code, repair.reason)
    for suspect in curation.suspects:
        rival = f"; {suspect.rival!r} is likelier" if suspect.rival is not None else ""
        reason = f"an out-of-fold model contradicts the label {suspect.target!r}{rival}"
        yield _row(curation, suspect.id, "listed", "suspected_label", reason)
    for tried in curation.mixes:
        for one in tried.decisions:
            if one.action == "left_out":
                row = _row(curation, one.id, one.action, one.code, one.reason)
                yield row | {"trials": list(tried.trials)}


def _row(curation: Curation, name: str, action: str, code: str, reason: str) -> dict[str, Json]:
    told: dict[str, Json] = {"id": name, "place": curation.places.get(name), "action": action}
    return told | {"code": code, "reason": reason}


def mix_in_words(mix: Mix) -> str:
    """What differs from taking all rows as they are."""
    plain = Mix()
    told = {
        "rows": f"at most {mix.rows} rows",
        "hard_share": f"{mix.hard_share:.0%} hard rows",
        "drop_suspects": "without suspects",
        "max_imbalance": f"no label above {mix.max_imbalance:g} times another",
        "near_duplicates": "without near-duplicates",
    }
    changed = [f.name for f in fields(mix) if getattr(mix, f.name) != getattr(plain, f.name)]
    return ", ".join(told[name] for name in changed) or "all rows"


def _repairs(curation: Curation) -> list[str]:
    if not curation.repairs:
        return ["Nothing had to be repaired."]
    by_code: dict[tuple[str, str], list[Repair]] = defaultdict(list)
    for repair in curation.repairs:
        by_code[repair.action, repair.code].append(repair)
    lines = []
    for (action, code), repairs in sorted(by_code.items()):
        rows = [repair.row_id for repair in repairs if repair.row_id is not None]
        count = f", {_rows(len(rows))}" if rows else ""
        lines.append(f"- **{_plain(code)}**: {action}{count}")
        lines += _reasons(Counter(repair.reason for repair in repairs))
        lines += [f"  - rows: {_named(rows, curation.places)}"] if rows else []
    return lines


def _reasons(counts: Counter[str]) -> list[str]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    lines = [
        f"  - {_plain(reason)}" + (f" ({count} times)" if count > 1 else "")
        for reason, count in ordered[:_SHOWN]
    ]
    more = len(ordered) - _SHOWN
    return lines + ([f"  - and {more} other reasons"] if more > 0 else [])


def _labels(curation: Curation) -> list[str]:
    labels = sorted({*curation.labels_before, *curation.labels_after})
    if not labels:
        return ["This kind of task has no labels."]
    lines = ["| label | rows before | rows after |", "|---|---:|---:|"]
    for label in labels:
        before, after = curation.labels_before.get(label, 0), curation.labels_after.get(label, 0)
        lines.append(f"| {_plain(label)} | {before} | {after} |")
    return lines


def _suspects(curation: Curation) -> list[str]:
    if not curation.suspects:
        return ["No out-of-fold model contradicts a label with confidence."]
    lines = [
        "An out-of-fold model contradicts these labels with confidence, the likeliest errors "
        f"first{f'; {curation.trust}' if curation.trust else ''}. No label was changed; rows "
        "outside train are reported only.",
        "",
    ]
    by_part: dict[str, list[Suspected]] = defaultdict(list)
    for suspect in curation.suspects:
        by_part[suspect.part].append(suspect)
    for part, suspects in sorted(by_part.items()):
        lines.append(f"- **{_plain(part)}**: {_rows(len(suspects))}")
        for suspect in suspects[:_SHOWN]:
            rival = f", rather `{_plain(suspect.rival)}`" if suspect.rival is not None else ""
            place = _place(suspect.id, curation.places)
            lines.append(f"  - {place}: labelled `{_plain(suspect.target)}`{rival}")
        more = len(suspects) - _SHOWN
        lines += [f"  - and {more} more"] if more > 0 else []
    return lines


def _mixes(curation: Curation) -> list[str]:
    lines = [line for tried in curation.mixes for line in _mix(tried, curation.places)]
    return lines or ["No mix was tried."]


def _mix(tried: TriedMix, places: Mapping[str, str]) -> list[str]:
    kept = [decision for decision in tried.decisions if decision.action == "kept"]
    hard = sum(decision.code == "hard" for decision in kept)
    trials = ", ".join(str(number) for number in tried.trials) or "none"
    noun = "trial" if len(tried.trials) == 1 else "trials"
    left: dict[str, list[Decision]] = defaultdict(list)
    for decision in tried.decisions:
        if decision.action == "left_out":
            left[decision.code].append(decision)
    return [
        f"- **{mix_in_words(tried.mix)}** ({noun} {trials}): "
        f"{len(kept)} of {_rows(len(tried.decisions))}, {hard} of them hard",
        *(_left_out(code, decisions, places) for code, decisions in sorted(left.items())),
    ]


def _left_out(code: str, decisions: Sequence[Decision], places: Mapping[str, str]) -> str:
    reasons = {decision.reason for decision in decisions}
    told = f" ({_plain(reasons.pop())})" if len(reasons) == 1 else ""
    named = _named([decision.id for decision in decisions], places)
    return f"  - left out as {code}{told}: {_rows(len(decisions))}: {named}"


def _named(ids: Sequence[str], places: Mapping[str, str]) -> str:
    shown = ", ".join(_place(name, places) for name in ids[:_SHOWN])
    more = len(ids) - _SHOWN
    return shown + (f" and {more} more" if more > 0 else "")


def _place(row_id: str, places: Mapping[str, str]) -> str:
    where = places.get(row_id)
    return f"`{_plain(row_id)}`" + (f" ({_plain(where)})" if where else "")


def _rows(count: int) -> str:
    return f"{count} row" if count == 1 else f"{count} rows"


def _plain(text: str) -> str:
    """Text that cannot end a table cell, a code mark or a line, nor start a tag."""
    for mark, harmless in (("`", "'"), ("|", "/"), ("<", "‹"), (">", "›")):
        text = text.replace(mark, harmless)
    return " ".join(text.split())
