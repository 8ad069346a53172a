"""The bundled corpus is what its card says; no label went unseen against a frozen encoder."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pioneer import corpus

FOLDER = corpus.path() / "helpdesk"
ENTITIES = {"order_number", "product", "date", "amount", "person", "place"}
CONFIDENT = 0.5
"""A row is confidently contradicted if the out-of-fold model gives another label this much."""


@cache
def rows() -> tuple[dict[str, Any], ...]:
    return tuple(map(json.loads, (FOLDER / "all.jsonl").read_text("utf-8").splitlines()))


@cache
def reviewed() -> dict[str, str]:
    found: dict[str, str] = json.loads((FOLDER / "reviewed.json").read_text("utf-8"))
    return found


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


def shingles(text: str) -> frozenset[str]:
    plain = folded(text)
    return frozenset(plain[at : at + 5] for at in range(max(1, len(plain) - 4)))


def test_it_is_large_and_even() -> None:
    counts = Counter(row["label"] for row in rows())
    assert len(counts) >= 24
    assert min(counts.values()) >= 40
    assert max(counts.values()) == min(counts.values())


def test_ids_and_texts_are_distinct() -> None:
    assert len({row["id"] for row in rows()}) == len(rows())
    assert len({folded(row["text"]) for row in rows()}) == len(rows())


def test_every_row_has_the_same_columns() -> None:
    columns = {"id", "text", "label", "spans", "prompt", "completion"}
    assert all(set(row) == columns for row in rows())
    assert all(row["prompt"] == row["text"] == row["text"].strip() for row in rows())


def test_spans_lie_in_the_text_and_do_not_overlap() -> None:
    for row in rows():
        at = 0
        for span in row["spans"]:
            assert at <= span["start"] < span["end"] <= len(row["text"]), row["id"]
            assert span["label"] in ENTITIES
            surface = row["text"][span["start"] : span["end"]]
            assert surface == surface.strip()
            at = span["end"]
    assert {span["label"] for row in rows() for span in row["spans"]} == ENTITIES
    assert 0.5 < sum(bool(row["spans"]) for row in rows()) / len(rows()) < 0.75


def test_actions_are_compact_json_in_a_stable_order() -> None:
    for row in rows():
        action = json.loads(row["completion"])
        assert row["completion"] == json.dumps(action, ensure_ascii=False, separators=(",", ":"))
        names = list(action)
        assert names[0] == "action"
        assert names[1:] == sorted(names[1:])
        assert action["action"] == row["label"]
        assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


def test_arguments_are_in_the_text_or_small_values() -> None:
    """What is not copied is true/false, a number, or a name that several rows share."""
    deduced: Counter[tuple[str, str, str]] = Counter()
    for row in rows():
        for name, value in json.loads(row["completion"]).items():
            assert isinstance(value, str | bool | int), row["id"]
            if name != "action" and isinstance(value, str) and value not in row["text"]:
                assert re.fullmatch(r"[a-z0-9_]+", value), (row["id"], name, value)
                deduced[row["label"], name, value] += 1
    assert len(deduced) < 100


def test_no_two_rows_are_near_duplicates() -> None:
    """Within an intent as well as across; the card names the closest pair."""
    bags = [shingles(row["text"]) for row in rows()]
    holders: dict[str, list[int]] = defaultdict(list)
    worst = (0.0, 0, 0)
    for one, bag in enumerate(bags):
        shared = Counter(other for shingle in bag for other in holders[shingle])
        for other, count in shared.items():
            alike = count / (len(bag) + len(bags[other]) - count)
            worst = max(worst, (alike, other, one))
        for shingle in bag:
            holders[shingle].append(one)
    assert worst[0] < 0.3, [rows()[at]["text"] for at in worst[1:]]


def test_the_card_counts_right() -> None:
    card = (FOLDER / "card.md").read_text("utf-8")
    size = (FOLDER / "all.jsonl").stat().st_size
    assert f"| all.jsonl | {len(rows()):,} | {size:,} |" in card
    spans = Counter(span["label"] for row in rows() for span in row["spans"])
    for label, count in spans.items():
        assert f"| {label} | {count:,} |" in card
    for label, count in Counter(row["label"] for row in rows()).items():
        assert f"| {label} | {count} |" in card
    assert "CC0-1.0" in card


def test_reviews_name_rows_and_give_reasons() -> None:
    assert set(reviewed()) <= {row["id"] for row in rows()}
    assert all(len(why.split()) >= 3 for why in reviewed().values())


@pytest.mark.slow
def test_every_confident_contradiction_was_looked_at(tmp_path: Path) -> None:
    """Frozen MiniLM and a logistic regression (C = 10), five stratified folds, seed 0.

    Rows that get another label with probability >= 0.5 out of fold must stand in reviewed.json,
    each with the reason why its label is right. (It lists those from 0.45 on, so that rounding on
    another machine does not matter.)
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    from pioneer.bases import resolve
    from pioneer.encoding import embed

    labels = np.array([row["label"] for row in rows()])
    vectors = embed(resolve("minilm"), [row["text"] for row in rows()], tmp_path)
    chances = cross_val_predict(
        LogisticRegression(C=10, max_iter=2000),
        vectors,
        labels,
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
        method="predict_proba",
    )
    said = np.unique(labels)[chances.argmax(1)]
    doubted = [
        row["id"]
        for row, is_other, sure in zip(rows(), said != labels, chances.max(1), strict=True)
        if is_other and sure >= CONFIDENT
    ]
    assert 50 < len(doubted) < 200
    assert set(doubted) <= set(reviewed())
    assert (said == labels).mean() > 0.5
