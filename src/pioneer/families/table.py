"""A model that is a table: what it saw, and what it says where it saw nothing.

It needs no weights, so it carries the majority baseline, the name-matching baseline of the fake
base, and the fake learner (`fakes.py`).
"""

from __future__ import annotations

import heapq
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pioneer.errors import ArgumentError, StoreError
from pioneer.families.base import Model
from pioneer.families.words import words
from pioneer.records import Example, Prediction, Target, Task, canonical, dump, load
from pioneer.text.normal import normalise

Carry: TypeAlias = Callable[[str, Target, str], Target]
"""(their input, their target, my input) -> the target as it would read for my input. Their input
is empty where only the target is known."""

FALLBACKS = ("none", "frequent", "overlap")
_FILE = "table.json"
_KNOWN = 0.95  # what an exact hit is worth; the rest is spread like the targets seen


@dataclass(frozen=True, slots=True)
class Entry:
    input: str
    target: Target


@dataclass(frozen=True, slots=True)
class Share:
    """How often a target was seen, as a share of all rows."""

    target: Target
    share: float


@dataclass(frozen=True, slots=True)
class Table:
    """What is saved. `labels` is empty for kinds whose predictions carry no distribution."""

    entries: tuple[Entry, ...]
    seen: tuple[Share, ...]
    labels: tuple[str, ...]
    fallback: str
    neighbours: int = 1


def same(_their_input: str, target: Target, _my_input: str) -> Target:
    """Carry a target that does not depend on the input: labels and completions."""
    return target


def shares(targets: Sequence[Target], labels: Sequence[str]) -> tuple[Share, ...]:
    """The targets seen, the most frequent first; of free targets only the most frequent one."""
    counts = Counter(targets)
    ordered = sorted(counts, key=lambda target: (-counts[target], canonical(target)))
    kept = ordered if labels else ordered[:1]
    return tuple(Share(target, counts[target] / len(targets)) for target in kept)


def ranked_labels(task: Task, examples: Sequence[Example]) -> tuple[str, ...]:
    """The labels that predictions rank: none where a target is not a single label."""
    return task.labels if all(isinstance(row.target, str) for row in examples) else ()


def holds_table(folder: Path) -> bool:
    return (folder / _FILE).is_file()


def load_table(folder: Path, carry: Carry) -> TableModel:
    """The model that `TableModel.save` wrote. Raises StoreError if the file is broken."""
    try:
        table = load(Table, json.loads((folder / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise StoreError(f"the saved table cannot be read: {error}", file=_FILE) from error
    return TableModel(table, carry)


class TableModel:
    """Answers from the table; else from the most alike entries, or with the most frequent."""

    def __init__(self, table: Table, carry: Carry) -> None:
        self._table = table
        self._carry = carry
        self._exact = {normalise(entry.input): entry for entry in reversed(table.entries)}
        bags = [frozenset(words(entry.input)) for entry in table.entries]
        self._found_in = _index(bags)
        self._rarity = {
            word: math.log(1.0 + len(bags) / len(rows)) for word, rows in self._found_in.items()
        }
        self._sizes = [self._size(bag) for bag in bags]

    def predict(self, inputs: Sequence[str]) -> list[Prediction]:
        return [self._answer(text) for text in inputs]

    def save(self, folder: Path) -> None:
        text = json.dumps(dump(self._table), ensure_ascii=True, indent=1)
        (folder / _FILE).write_text(text + "\n", encoding="utf-8")

    def _answer(self, text: str) -> Prediction:
        votes, trust = self._votes(text)
        weights: dict[Target, float] = defaultdict(float)
        for label in self._table.labels:
            weights[label] = 0.0
        for target, vote in votes.items():
            weights[target] += trust * vote
        for share in self._table.seen:
            weights[self._carry("", share.target, text)] += (1.0 - trust) * share.share
        ranked = sorted(weights.items(), key=lambda item: (-item[1], canonical(item[0])))
        distribution = _distribution(ranked) if self._table.labels else ()
        if not ranked or (not votes and self._table.fallback == "none"):
            return Prediction(None, 0.0, distribution)
        target, weight = ranked[0]
        return Prediction(target, min(1.0, weight), distribution)

    def _votes(self, text: str) -> tuple[dict[Target, float], float]:
        """Targets with shares that sum to 1, and how far to trust them (0..1)."""
        known = self._exact.get(normalise(text))
        if known is not None:
            return {self._carry(known.input, known.target, text): 1.0}, _KNOWN
        if self._table.fallback != "overlap":
            return {}, 0.0
        near = self._nearest(text)
        votes: dict[Target, float] = defaultdict(float)
        total = sum(likeness for _, likeness in near)
        for entry, likeness in near:
            votes[self._carry(entry.input, entry.target, text)] += likeness / total
        return dict(votes), (min(near[0][1], _KNOWN) if near else 0.0)

    def _nearest(self, text: str) -> list[tuple[Entry, float]]:
        """The most alike entries with their likeness, a cosine weighted by rarity of words."""
        bag = frozenset(words(text)) & self._found_in.keys()
        shared: dict[int, float] = defaultdict(float)
        for word in sorted(bag):
            for row in self._found_in[word]:
                shared[row] += self._rarity[word]
        mine = self._size(bag)
        alike = [
            (weight / math.sqrt(mine * self._sizes[row]), row) for row, weight in shared.items()
        ]
        best = heapq.nsmallest(
            self._table.neighbours,
            alike,
            key=lambda item: (-round(item[0], 9), self._table.entries[item[1]].input),
        )
        return [(self._table.entries[row], likeness) for likeness, row in best]

    def _size(self, bag: Iterable[str]) -> float:
        return sum(self._rarity[word] for word in sorted(bag))


def _index(bags: Sequence[frozenset[str]]) -> Mapping[str, list[int]]:
    found_in: dict[str, list[int]] = defaultdict(list)
    for row, bag in enumerate(bags):
        for word in sorted(bag):
            found_in[word].append(row)
    return found_in


def _distribution(ranked: Sequence[tuple[Target, float]]) -> tuple[tuple[str, float], ...]:
    total = sum(weight for _, weight in ranked) or 1.0
    return tuple((str(target), weight / total) for target, weight in ranked)


def export_table(model: Model, folder: Path, form: str) -> None:
    """A table is its own export, whatever the safe form is called; it has no ONNX form."""
    if form != "safetensors":
        raise ArgumentError(f"a table has no {form!r} form", hint="choose --format safetensors")
    model.save(folder)
