"""The sets: what each system may train on, and the sealed rows that it is scored on."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coldstart.neighbours import groups

OOS = "oos"
HELD_OUT = 0.2  # of the rows, for a set without a shipped split


@dataclass(frozen=True, slots=True)
class Row:
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """One column of the table: which rows of which folder, and how many."""

    name: str
    folder: str
    description: str  # what the user would type
    per_label: int | None = None
    total: int | None = None
    oos_rows: int = 0
    counted: bool = True  # whether the bars look at it


@dataclass(frozen=True, slots=True)
class Pool:
    """The rows that a sample may be drawn from, and the sealed test rows, fixed over seeds."""

    train: tuple[Row, ...]
    test: tuple[Row, ...]
    dropped: int  # train rows that are near-duplicates of a test row

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(sorted({row.label for row in self.train}))


_CLINC = "Classify a short request to a voice assistant by what the user wants: one of 150 intents"
RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("clinc150_10", "clinc150", _CLINC, per_label=10),
        Recipe("clinc150_30", "clinc150", _CLINC, per_label=30),
        Recipe("sms_spam", "sms_spam", "Tell spam from legitimate text messages", total=2000),
        Recipe("snips", "snips", "Classify a voice command into one of 7 intents", total=2000),
        Recipe("clickbait", "clickbait", "Tell clickbait headlines from real news", total=2000),
        Recipe(
            "clinc150_10_oos",
            "clinc150",
            _CLINC + ", or oos when it is none of them",
            per_label=10,
            oos_rows=100,
            counted=False,
        ),
    )
}


def pool(root: Path, recipe: Recipe) -> Pool:
    """The recipe's rows, near-duplicates of the test removed from what may be trained on."""
    folder = root / recipe.folder
    shipped = next((part for part in ("test", "validation") if _files(folder, part)), None)
    if shipped is None:
        return held_out(_rows(folder, "all"), seed=recipe.folder)
    train, test = _rows(folder, "train"), _rows(folder, shipped)
    if not recipe.oos_rows:
        train, test = _in_scope(train), _in_scope(test)
    return separated(train, test)


def separated(train: Sequence[Row], test: Sequence[Row]) -> Pool:
    """Drop each train row whose group of near-duplicates reaches into the test."""
    group = groups([row.text for row in [*train, *test]])
    sealed = set(group[len(train) :])
    kept = tuple(row for row, number in zip(train, group, strict=False) if number not in sealed)
    return Pool(train=kept, test=tuple(test), dropped=len(train) - len(kept))


def held_out(rows: Sequence[Row], seed: str) -> Pool:
    """Seal whole groups of near-duplicates until a fifth of the rows is reached."""
    members: dict[int, list[int]] = defaultdict(list)
    for index, number in enumerate(groups([row.text for row in rows])):
        members[number].append(index)
    order = sorted(members)
    random.Random(f"held-out:{seed}").shuffle(order)
    sealed: set[int] = set()
    for number in order:
        if len(sealed) >= HELD_OUT * len(rows):
            break
        sealed.update(members[number])
    return Pool(
        train=tuple(row for index, row in enumerate(rows) if index not in sealed),
        test=tuple(row for index, row in enumerate(rows) if index in sealed),
        dropped=0,
    )


def sample(source: Pool, recipe: Recipe, seed: int) -> list[Row]:
    """The train rows of one seed, in an order that says nothing of the label.

    The sample at 10 rows a label is a part of the one at 30, and the same with and without oos.
    """
    if recipe.total is not None:
        return _shuffled(source.train, f"{recipe.folder}:{seed}")[: recipe.total]
    by_label: dict[str, list[Row]] = defaultdict(list)
    for row in source.train:
        by_label[row.label].append(row)
    chosen: list[Row] = []
    for label, rows in sorted(by_label.items()):
        size = recipe.oos_rows if label == OOS else recipe.per_label
        chosen.extend(_shuffled(rows, f"{recipe.folder}:{label}:{seed}")[:size])
    return _shuffled(chosen, f"{recipe.folder}:order:{seed}")


def _shuffled(rows: Iterable[Row], key: str) -> list[Row]:
    """The rows in an order that depends on the key alone."""
    order = list(rows)
    random.Random(key).shuffle(order)
    return order


def fingerprint(rows: Iterable[Row]) -> str:
    """A short hash of the rows in their order; cells of different rows never mix."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps([row.text, row.label]).encode())
    return digest.hexdigest()[:16]


def _in_scope(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.label != OOS]


def _files(folder: Path, part: str) -> list[Path]:
    names = (folder / f"{part}.jsonl", folder / f"{part}.jsonl.gz")
    return [path for path in names if path.exists()]


def _rows(folder: Path, part: str) -> list[Row]:
    path = next(iter(_files(folder, part)), None)
    if path is None:
        raise FileNotFoundError(f"no {part}.jsonl or {part}.jsonl.gz in {folder}")
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = raw.decode().split("\n")
    return [Row(each["text"], each["label"]) for each in map(json.loads, filter(None, lines))]
