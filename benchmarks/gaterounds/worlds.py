"""What a round is about: rows for the first version, a log, and the traffic to come."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Pools = Mapping[str, Sequence[str]]
"""Texts by intent."""


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Gold:
    text: str
    label: str
    weight: float
    """All weights together are 1."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A call: `right` is the truth, `corrected` what the log will say is right."""

    text: str
    right: str
    corrected: str


Spoil = Callable[[list[Row], Sequence[str | None], random.Random], list[Logged]]
"""From the traffic and what the served version answers to it, to what the log says."""


@dataclass(frozen=True, slots=True)
class Mode:
    """`intents` of CLINC150, `known` rows of each for the first version, `calls` in the log."""

    intents: int
    known: int
    calls: tuple[int, int]
    spoil: Spoil
    drifts: bool = False
    gains: bool = False
    """Whether a better version is there to be had, and is to be promoted."""


@dataclass(frozen=True, slots=True)
class World:
    known: list[Row]
    traffic: list[Row]
    gold: list[Gold]
    """At least 2,000 rows of the traffic to come; nobody learns from them."""


def pools(root: Path) -> Pools:
    """All rows of CLINC150's 150 intents; every intent has 150."""
    found: dict[str, list[str]] = defaultdict(list)
    folder = root / "clinc150"
    for name in ("train.jsonl.gz", "validation.jsonl", "test.jsonl"):
        opened = gzip.open if name.endswith(".gz") else open
        with opened(folder / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["label"] != "oos" and row["text"] not in found[row["label"]]:
                    found[row["label"]].append(row["text"])
    return {label: found[label] for label in sorted(found)}


def world(mode: Mode, texts: Pools, rng: random.Random) -> World:
    """Draw a round's rows; no text stands in two of its parts."""
    labels = rng.sample(sorted(texts), mode.intents)
    left = {label: rng.sample(list(texts[label]), len(texts[label])) for label in labels}
    known = [Row(left[label].pop(), label) for label in labels for _ in range(mode.known)]
    calls = rng.randint(*mode.calls)
    end = _drifted(labels, rng) if mode.drifts else dict.fromkeys(labels, 1.0)
    traffic = [
        row
        for call in range(calls)
        if (row := _call(left, _mixed(end, call / calls), rng)) is not None
    ]
    return World(known, traffic, _gold(left, end))


def _drifted(labels: Sequence[str], rng: random.Random) -> dict[str, float]:
    """Where the shares of the intents go: a few become common, most become rare."""
    return {label: rng.gammavariate(0.5, 1.0) + 0.02 for label in labels}


def _mixed(end: Mapping[str, float], share: float) -> dict[str, float]:
    """From even shares at the start of the log to `end` at its end."""
    mean = sum(end.values()) / len(end)
    return {label: (1 - share) + share * weight / mean for label, weight in end.items()}


def _call(
    left: Mapping[str, list[str]], weights: Mapping[str, float], rng: random.Random
) -> Row | None:
    reserve = 30  # texts of every intent that are kept for the traffic to come
    open_ = [label for label in left if len(left[label]) > reserve]
    if not open_:
        return None
    label = rng.choices(open_, [weights[one] for one in open_])[0]
    return Row(left[label].pop(), label)


def _gold(left: Mapping[str, list[str]], weights: Mapping[str, float]) -> list[Gold]:
    """Every text that is left, weighted as its intent is in the traffic to come."""
    total = sum(weights.values())
    return [
        Gold(text, label, weights[label] / total / len(left[label]))
        for label in sorted(left)
        for text in left[label]
    ]


def honest(traffic: list[Row], _answers: Sequence[str | None], _rng: random.Random) -> list[Logged]:
    return [Logged(row.text, row.label, row.label) for row in traffic]


def noisy(traffic: list[Row], answers: Sequence[str | None], rng: random.Random) -> list[Logged]:
    """30 % of the failures and 10 % of the passes are corrected to a label drawn by lot."""
    labels = sorted({row.label for row in traffic})
    found = []
    for row, answer in zip(traffic, answers, strict=True):
        wrong = rng.random() < (0.1 if answer == row.label else 0.3)
        told = rng.choice([one for one in labels if one != row.label]) if wrong else row.label
        found.append(Logged(row.text, row.label, told))
    return found


def shuffled(traffic: list[Row], answers: Sequence[str | None], rng: random.Random) -> list[Logged]:
    """The corrections of the failures change places among them."""
    failures = [at for at, row in enumerate(traffic) if answers[at] != row.label]
    told = [traffic[at].label for at in failures]
    rng.shuffle(told)
    corrected = dict(zip(failures, told, strict=True))
    return [
        Logged(row.text, row.label, corrected.get(at, row.label)) for at, row in enumerate(traffic)
    ]


def destroyed(
    traffic: list[Row], _answers: Sequence[str | None], rng: random.Random
) -> list[Logged]:
    """Every call of one intent is corrected to another one."""
    victim, other = rng.sample(sorted({row.label for row in traffic}), 2)
    return [
        Logged(row.text, row.label, other if row.label == victim else row.label) for row in traffic
    ]


MODES: Mapping[str, Mode] = {
    "noise": Mode(20, 4, (700, 900), noisy),
    "shuffled": Mode(20, 4, (700, 900), shuffled),
    "tiny": Mode(20, 4, (30, 150), honest),
    "destroyed": Mode(20, 12, (700, 900), destroyed),
    "drift": Mode(30, 4, (700, 900), honest, drifts=True),
    "gain": Mode(60, 3, (1300, 1350), honest, gains=True),
}
"""Those that spoil were fixed before the first round ran. `gain` had 1,150 to 1,250 calls at first,
which gave 300 gate groups in half of its rounds only (49 of 50 promoted)."""
