"""Rows and label sets that are legal and odd: every strategy learns from them and answers them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pioneer.bases import resolve
from pioneer.encoding import MAX_LENGTH, tokenise
from pioneer.families.base import Workbench
from tests.families.learners.lessons import LABELS, TASK, TINY, asked, brief, made, rows

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("strategy", sorted(TINY))]

ODD = (
    "",
    " ",
    "\n\n\t",
    "\x00",
    "a\x00b",
    "\x00" * 50,
    "where is my parcel? " * 5_000,  # 100 kB
    "x" * 100_000,
    "📦" * 40,
    "👩‍👩‍👧‍👦 where is it 🇺🇳",
    "\ud83d",  # half an emoji, as broken JSON escapes give it
    "ｗｈｅｒｅ　ｉｓ　ｉｔ",
    "ابن الطرد",
    "包裹在哪里",
    "e" + "\u0301" * 500,
    "\u202eti si erehw",
    "[CLS] [SEP] [MASK] [PAD]",
    "<script>alert(1)</script>",
)


def test_odd_texts_are_learned_and_answered(strategy: str) -> None:
    odd = made(*((text, LABELS[n % 2]) for n, text in enumerate(ODD)))
    model = brief(strategy, [*odd, *rows(1)])
    for said in model.predict(ODD):
        assert said.output in LABELS
        assert 0 < said.confidence <= 1
    assert len(model.predict([""] * 3)) == 3


def test_a_label_with_one_row(strategy: str) -> None:
    few = [*rows(4, LABELS[:2]), *rows(1, LABELS[2:3])]
    said = asked(brief(strategy, few), rows(4, LABELS[:3]))
    assert {one.output for one in said} <= set(LABELS)


def test_two_labels(strategy: str) -> None:
    task = replace(TASK, labels=LABELS[:2])
    model = brief(strategy, rows(3, LABELS[:2]), task=task)
    assert all(len(said.ranked) == 2 for said in asked(model, rows(2)))


def test_a_label_that_no_row_has_is_never_the_answer_of_what_learns(strategy: str) -> None:
    model = brief(strategy, rows(4, LABELS[:3]))
    said = asked(model, rows(3))
    assert all(len(one.ranked) == len(LABELS) for one in said)
    if strategy != "nearest-name.v1":  # which reads names, not rows
        assert {one.output for one in said} <= set(LABELS[:3])


def test_one_row_alone(strategy: str) -> None:
    model = brief(strategy, rows(1, LABELS[:1]))
    answers = {one.output for one in asked(model, rows(1))}
    assert answers == {LABELS[0]} or strategy == "nearest-name.v1"


def test_the_same_text_over_and_over(strategy: str) -> None:
    row = rows(1, LABELS[:1])[0]
    same = [replace(row, id=f"r{n}", target=LABELS[n % 2]) for n in range(9)]
    said = asked(brief(strategy, same), [row])[0]
    assert 0 < said.confidence <= 1


def test_labels_may_be_any_text(strategy: str) -> None:
    names = ("", " ", "a\x00b", "📦", "ｎｏ", "x" * 500, "null")
    task = replace(TASK, labels=names)
    odd = made(*((f"row {n} of {label[:9]}", label) for label in names for n in range(2)))
    assert asked(brief(strategy, odd, task=task), odd)[0].output in names


def test_rows_that_are_longer_than_the_model_reads_are_cut(strategy: str, tmp_path: Path) -> None:
    long = "where is my parcel now " * 200
    cut = tokenise(resolve("minilm"), [long], None)[0]
    assert len(cut) == MAX_LENGTH
    told = made((long, LABELS[0]), ("log in", LABELS[1]), ("sign in", LABELS[1]))
    model = brief(strategy, told, at=Workbench(tmp_path / "cache", 1))
    one, other = model.predict([long, long + "and something that is not read"])
    assert one == other
