"""Slips change how a text reads and leave what it asks for."""

from __future__ import annotations

import random
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pioneer.text.slips import slipped

TEXTS = (
    "could you please move four hundred from my savings to the joint account",
    "Where is my order?",
    "I lost my card in Rome and would like to have a new one sent to the hotel today.",
)


def variations(text: str, english: bool = True) -> set[str]:
    return {slipped(text, random.Random(seed), english) for seed in range(200)}


@given(text=st.text(), seed=st.integers(0, 999))
def test_any_text_is_taken_and_equal_draws_give_equal_texts(text: str, seed: int) -> None:
    once, again = (slipped(text, random.Random(seed)) for _ in range(2))
    assert once == again
    assert once.strip() or not any(letter.isalnum() for letter in text)


@pytest.mark.parametrize("text", TEXTS)
def test_most_of_a_text_remains(text: str) -> None:
    for varied in variations(text, english=False):
        likeness = SequenceMatcher(None, text.lower(), varied.lower(), autojunk=False).ratio()
        assert likeness > 0.7, varied
        assert len(varied.split()) >= 0.5 * len(text.split())


@pytest.mark.parametrize("text", TEXTS)
def test_variations_are_many_and_seldom_the_text_itself(text: str) -> None:
    found = variations(text)
    assert len(found) > 60
    assert sum(slipped(text, random.Random(seed)) == text for seed in range(200)) < 40


def test_english_greetings_come_before_english_texts_only() -> None:
    greeted = [one for one in variations("wo ist mein paket", english=False) if "hello" in one]
    assert greeted == []
    assert any(one.lower().startswith("hello") for one in variations("where is my parcel"))


@pytest.mark.parametrize("text", ["please do not cancel it", "no i am on 3 of 10 today"])
def test_small_words_that_deny_or_count_are_never_left_out(text: str) -> None:
    from pioneer.text import slips

    for seed in range(100):
        left = slips._small_words(text, random.Random(seed)).split()
        assert {"not", "no", "3", "10"} & set(text.split()) <= set(left)
