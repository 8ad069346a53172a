"""Small made-up data for every kind, in the form of the raw rows that a user would give."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

from pioneer.families.base import Family
from pioneer.records import Example, Kind, Task

_TOPICS = {
    "refund": ("refund", "money", "back", "charged", "bank"),
    "delivery": ("parcel", "courier", "arrived", "street", "van"),
    "login": ("password", "sign", "account", "locked", "reset"),
}
_OPENINGS = ("please", "hello", "sorry")
_TRIPS = ("flight to {}", "a hotel in {}", "{} by train")
_CITIES = ("Paris", "Oslo", "Lima", "New York")


def raw_rows(kind: Kind) -> list[dict[str, Any]]:
    """Over 50 rows; `refund` is the most frequent label."""
    return _ROWS[kind]()


def examples(family: Family) -> list[Example]:
    parsed = [family.parse(row) for row in raw_rows(family.kind)]
    return [
        Example(f"r{place:03}", each.input, each.target, f"g{place:03}", "made.jsonl", each.extra)
        for place, each in enumerate(parsed)
    ]


def task(family: Family, rows: Sequence[Example]) -> Task:
    return Task(family.kind, "learn this", family.labels(rows), family.default_metric)


def _labelled() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"text": f"{_OPENINGS[place % 3]} {' '.join(pair)}", "label": label}
        for label, told in _TOPICS.items()
        for place, pair in enumerate(permutations(told, 2))
    ]
    return [*rows, *({"text": f"refund for order {n}", "label": "refund"} for n in range(4))]


def _marked() -> list[dict[str, Any]]:
    rows = [_mark(trip, city, number) for trip in _TRIPS for city in _CITIES for number in range(4)]
    return rows + [{"text": row["text"], "spans": []} for row in _labelled()[:12]]


def _mark(trip: str, city: str, number: int) -> dict[str, Any]:
    text = f"{trip.format(city)} on day {number}"
    start = text.index(city)
    return {"text": text, "spans": [{"start": start, "end": start + len(city), "label": "city"}]}


def _answered() -> list[dict[str, Any]]:
    return [
        {"prompt": row["text"], "completion": f"It goes to {row['label']}.", "answer": row["label"]}
        for row in _labelled()
    ]


_ROWS = {
    Kind.CLASSIFICATION: _labelled,
    Kind.EXTRACTION: _marked,
    Kind.GENERATION: _answered,
}
