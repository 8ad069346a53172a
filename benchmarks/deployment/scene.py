"""A seed's rows: what the first version learned from, what was logged, and unseen traffic."""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deployment.intents import CONFUSED, INTENTS
from triagebench.fixable import FIXABLE

KNOWN = 6
"""Rows an intent that the first version learned from."""
LOGGED = 75
"""Texts an intent that were logged as they are."""
TWINS = 25
"""Of them, those that were logged once more, fixably perturbed."""
WRONG = 0.05
"""Share of the calls whose correction is wrong."""
SILENT = 0.3
"""Share of the perturbed failures that nobody corrected."""


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    label: str
    plain: bool = True
    """Whether nothing was done to the text."""


@dataclass(frozen=True, slots=True)
class Scene:
    known: list[Row]
    traffic: list[Row]
    """In the order of the calls."""
    unseen: list[Row]
    """The test rows of the intents, each as it is and once fixably perturbed."""


def scene(root: Path, seed: int) -> Scene:
    rng = random.Random(f"deployment {seed}")
    left = _texts(root, ("train.jsonl.gz", "validation.jsonl"))
    for label in INTENTS:
        rng.shuffle(left[label])
    known = [Row(left[label].pop(), label) for label in INTENTS for _ in range(KNOWN)]
    logged = [Row(left[label].pop(), label) for label in INTENTS for _ in range(LOGGED)]
    twins = [row for at, row in enumerate(logged) if at % LOGGED < TWINS]
    traffic = logged + [Row(perturbed(r.text, rng), r.label, plain=False) for r in twins]
    rng.shuffle(traffic)
    test = _texts(root, ("test.jsonl",))
    plain = [Row(text, label) for label in INTENTS for text in test[label]]
    chance = random.Random("deployment: unseen traffic")
    twins = [Row(perturbed(row.text, chance), row.label, plain=False) for row in plain]
    return Scene(known, traffic, plain + twins)


def perturbed(text: str, rng: random.Random) -> str:
    """One to three fixable changes, as users make them."""
    changed = text
    while changed == text:
        for kind in rng.sample(sorted(FIXABLE), rng.choices([1, 2, 3], [6, 3, 1])[0]):
            changed = FIXABLE[kind](changed, rng)
    return changed


def corrected(row: Row, answer: str | None, rng: random.Random) -> str | None:
    """What the log says is right; None where nobody said."""
    if rng.random() < WRONG:
        other = CONFUSED.get(row.label) or _reverse().get(row.label)
        return other or rng.choice([one for one in INTENTS if one != row.label])
    if answer != row.label and not row.plain and rng.random() < SILENT:
        return None
    return row.label


def _reverse() -> Mapping[str, str]:
    return {other: label for label, other in CONFUSED.items()}


def _texts(root: Path, names: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        file = root / "clinc150" / name
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["label"] in INTENTS:
                    found[row["label"]].append(row["text"])
    return found
