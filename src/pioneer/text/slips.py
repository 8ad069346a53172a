"""Slips and habits of people who type: they change how a text reads, not what it asks for."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeAlias

Slip: TypeAlias = Callable[[str, random.Random], str]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    for row in _ROWS
    for at, key in enumerate(row)
}
_EVERY = 14
"""Letters for one slip of the keys."""
_SMALL = frozenset(
    ("a", "an", "the", "is", "are", "am", "to", "of", "my", "do", "does", "for", "i", "it")
)
"""Words that can be left out: none of them denies, and none is a number."""
_TAIL = 6
"""Words from which on the end of a text can be cut off."""
_OPENINGS = (
    "hello, ", "hi, ", "hey, ", "good day, ", "excuse me, ", "one question: ", "so ", "well, ",
    "please help: ", "i was wondering: ", "quick one, ", "hello again. ", "sorry, ", "okay, ",
)  # fmt: skip


def slipped(text: str, rng: random.Random, english: bool = True) -> str:
    """The text with one or two slips, drawn from `rng`; as it was, where none changes it.

    `english` allows for greetings before it. Words stay in their order; of those within the text
    none that denies is left out.
    """
    kinds = [_keys, _keys, _case, _signs, _small_words, _tail] + [_opening] * english
    for slip in rng.sample(kinds, rng.choice((1, 1, 2))):
        text = slip(text, rng)
    return text


def _keys(text: str, rng: random.Random) -> str:
    """Letters swapped, left out, doubled, or taken from the key beside."""
    letters = list(text)
    places = [at for at, letter in enumerate(letters) if letter.isalpha()]
    for at in sorted(rng.sample(places, min(len(places), 1 + len(places) // _EVERY)), reverse=True):
        match rng.randrange(4):
            case 0 if at + 1 < len(letters):
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
            case 1 if len(places) > 3:
                del letters[at]
            case 2:
                letters.insert(at, letters[at])
            case _:
                letters[at] = rng.choice(_BESIDE.get(letters[at].lower()) or letters[at])
    return "".join(letters)


def _case(text: str, rng: random.Random) -> str:
    return rng.choice((str.upper, str.lower, str.title, str.capitalize))(text)


def _signs(text: str, rng: random.Random) -> str:
    """Without punctuation, or with more at the end."""
    bare = "".join(sign for sign in text if sign.isalnum() or sign.isspace())
    return (
        bare if bare != text and rng.random() < 0.5 else text + rng.choice(("!!", "??", "...", "."))
    )


def _small_words(text: str, rng: random.Random) -> str:
    words = text.split()
    small = [at for at, word in enumerate(words) if word.lower() in _SMALL]
    gone = set(rng.sample(small, min(len(small), max(1, len(words) // 4), len(words) // 3)))
    return " ".join(word for at, word in enumerate(words) if at not in gone)


def _tail(text: str, rng: random.Random) -> str:
    words = text.split()
    if len(words) < _TAIL:
        return text
    return " ".join(words[: len(words) - rng.randint(1, len(words) // 4)])


def _opening(text: str, rng: random.Random) -> str:
    return rng.choice(_OPENINGS) + text
