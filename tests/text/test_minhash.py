from __future__ import annotations

import random
import string
import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pioneer.text.minhash import near_duplicate_groups, near_duplicates_across
from pioneer.text.normal import normalise


def jaccard(left: str, right: str) -> float:
    """The definition, written out."""
    one, two = _grams(normalise(left)), _grams(normalise(right))
    return len(one & two) / len(one | two)


def _grams(text: str) -> set[str]:
    return {text[i : i + 5] for i in range(len(text) - 4)} or {text}


def brute_force_groups(texts: list[str]) -> list[int]:
    groups = list(range(len(texts)))
    for one, two in combinations(range(len(texts)), 2):
        if jaccard(texts[one], texts[two]) >= 0.8:
            old, new = groups[two], groups[one]
            groups = [new if group == old else group for group in groups]
    numbers: dict[int, int] = {}
    return [numbers.setdefault(group, len(numbers)) for group in groups]


@st.composite
def texts_with_twins(draw: st.DrawFn) -> list[str]:
    """Random texts, and copies of some of them with a few letters changed."""
    sources = draw(st.lists(st.text("abcd é", max_size=60), max_size=8))
    texts = list(sources)
    for source in sources:
        for _ in range(draw(st.integers(0, 2))):
            at = draw(st.integers(0, len(source)))
            texts.append(source[:at] + draw(st.text("abXY ", max_size=3)) + source[at:])
    return draw(st.permutations(texts))


@settings(deadline=None)
@given(texts_with_twins())
def test_groups_are_those_of_the_definition(texts: list[str]) -> None:
    assert near_duplicate_groups(texts) == brute_force_groups(texts)


@settings(deadline=None)
@given(texts_with_twins(), texts_with_twins())
def test_across_finds_exactly_the_texts_with_a_twin(texts: list[str], others: list[str]) -> None:
    found = near_duplicates_across(texts, others)
    expected = {
        index
        for index, text in enumerate(texts)
        if any(jaccard(text, other) >= 0.8 for other in others)
    }
    assert set(found) == expected
    assert all(jaccard(texts[one], others[two]) >= 0.8 for one, two in found.items())


@given(st.lists(st.text(max_size=20), max_size=10))
@settings(deadline=None)
def test_any_text_at_all_is_grouped(texts: list[str]) -> None:
    assert len(near_duplicate_groups(texts)) == len(texts)


def test_case_spaces_and_compatibility_forms_do_not_matter() -> None:
    assert near_duplicate_groups(["Hello  World", "hello world\n", "ｈｅｌｌｏ world", "bye"]) == [
        0,
        0,
        0,
        1,
    ]


def test_a_chain_is_one_group() -> None:
    base = "the quick brown fox jumps over the lazy dog and runs away from it"
    chain = [base, base + " today", base + " today ok", base + " today ok right now then"]
    assert jaccard(chain[0], chain[3]) < 0.8
    assert len(set(near_duplicate_groups(chain))) == 1


def test_short_texts_are_compared_whole() -> None:
    assert near_duplicate_groups(["", " ", "hi", "Hi", "ho"]) == [0, 0, 1, 1, 2]


def test_nothing_gives_nothing() -> None:
    assert near_duplicate_groups([]) == []
    assert near_duplicates_across([], ["a"]) == {}
    assert near_duplicates_across(["a"], []) == {}


@pytest.mark.parametrize("shared", ["", "Please say whether the customer liked it, in one word: "])
def test_fifteen_thousand_texts_take_seconds(shared: str) -> None:
    rng = random.Random(0)
    words = ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9))) for _ in range(3000)]
    texts = [shared + " ".join(rng.choices(words, k=8)) for _ in range(14_000)]
    texts += [text + " x" for text in texts[:1000]]
    began = time.process_time()
    groups = near_duplicate_groups(texts)
    assert time.process_time() - began < 10
    assert len(set(groups)) <= 14_000
    assert all(groups[i] == groups[14_000 + i] for i in range(1000))
