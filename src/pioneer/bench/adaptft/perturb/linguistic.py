"""How people write: slips, spelling, grammar, signs, case, slang, several languages."""

from __future__ import annotations

import random
import re

from pioneer.bench.adaptft.perturb.stock import Stock

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    for row in _ROWS
    for at, key in enumerate(row)
}
_SOUNDS = (
    ("tion", "shun"), ("ough", "uff"), ("ight", "ite"), ("ph", "f"), ("wh", "w"), ("kn", "n"),
    ("ck", "k"), ("qu", "kw"), ("ea", "ee"), ("ai", "ay"), ("ou", "ow"), ("ce", "se"), ("ci", "si"),
    ("c", "k"), ("y", "i"), ("s", "z"), ("ee", "ea"), ("a", "e"), ("o", "oh"), ("e", "eh"),
)  # fmt: skip
_SMALL = ("the", "a", "an", "to", "of", "is", "are", "do", "does", "my", "for", "in", "on", "i")
_FORMS = {
    "is": "are", "are": "is", "was": "were", "were": "was", "has": "have", "have": "has",
    "do": "does", "does": "do", "am": "is", "an": "a", "a": "an", "me": "I", "i": "me",
    "them": "they", "don't": "doesn't", "can": "could of", "better": "more better",
}  # fmt: skip
_LETTERS_A_SLIP = 12
_FEW_WORDS = 3


def typos(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """A slip of the keys for every 12 letters."""
    letters = list(text)
    places = [at for at, letter in enumerate(letters) if letter.isalpha()]
    count = min(len(places), 1 + len(places) // _LETTERS_A_SLIP)
    for at in sorted(rng.sample(places, count), reverse=True):
        near = _BESIDE.get(letters[at].lower(), "")
        swaps = at + 1 < len(letters) and letters[at + 1] != letters[at]
        match rng.choice(["beside"] * bool(near) + ["swap"] * swaps + ["double", "drop"]):
            case "beside":
                letters[at] = rng.choice(near)
            case "swap":
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
            case "drop" if len(places) > _FEW_WORDS:
                del letters[at]
            case _:
                letters.insert(at, letters[at])
    return "".join(letters)


def phonetic_misspelling(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """Up to three sounds, written as they are heard."""
    usual, last = _SOUNDS[:13], _SOUNDS[13:]
    for sounds in (usual, last):
        found = [pair for pair in sounds if pair[0] in text.lower()]
        for heard, written in rng.sample(found, min(len(found), rng.randint(1, 3))):
            text = re.sub(re.escape(heard), written, text, count=2, flags=re.IGNORECASE)
        if found:
            break
    return text


def syntactic_errors(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """Words swapped or said twice."""
    words = text.split()
    count = min(max(0, len(words) - 1), 1 + len(words) // 8)
    for at in sorted(rng.sample(range(max(0, len(words) - 1)), count), reverse=True):
        if words[at] != words[at + 1] and rng.random() < 0.7:
            words[at], words[at + 1] = words[at + 1], words[at]
        else:
            words.insert(at, words[at])
    return " ".join(words if count else words * 2)


def grammatical_errors(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """Wrong forms, and small words left out."""
    changed, words = False, []
    for word in text.split():
        form = _FORMS.get(word.lower())
        if form is not None and rng.random() < 0.6:
            words.append(form)
            changed = True
        elif word.lower() in _SMALL and rng.random() < 0.5:
            changed = True
        else:
            words.append(word)
    if not changed or not words:
        words = text.split()
        at = rng.randrange(len(words))
        words[at] += "es" if words[at][-1:].lower() == "s" else "s"
    return " ".join(words)


def punctuation_abuse(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """Far too many signs, or signs where none belong."""
    ends = ("!!!", "???", "...", "!?!?", " ,,", ";;", "!!1", " - - -")
    if rng.random() < 0.5:
        return text + rng.choice(ends)
    words = text.split(" ")
    for at in rng.sample(range(len(words)), 1 + len(words) // 4):
        words[at] += rng.choice((",", ";", "...", " -", "!"))
    return " ".join(words)


def casing(text: str, rng: random.Random, stock: Stock) -> str:  # noqa: ARG001
    """All capitals, capitals at every word, or at random."""
    mixed = "".join(letter.upper() if rng.random() < 0.5 else letter.lower() for letter in text)
    styles = [text.upper(), text.title(), text.swapcase(), text.lower(), mixed]
    return rng.choice([one for one in styles if one != text] or [text])


def abbreviations(text: str, rng: random.Random, stock: Stock) -> str:
    """Slang for the words that have one, or a tag at the end."""
    text, changed = _written(text, "slang", rng, stock)
    if not changed or rng.random() < 0.3:
        text += stock.bank.one("slang_tags", rng)
    return text


def code_switching(text: str, rng: random.Random, stock: Stock) -> str:
    """Some words in another language, or a foreign opening."""
    text, changed = _written(text, "foreign", rng, stock)
    if not changed or rng.random() < 0.3:
        text = stock.bank.one("foreign_tags", rng) + text
    return text


def _written(text: str, kind: str, rng: random.Random, stock: Stock) -> tuple[str, bool]:
    """Up to three of the words that the bank writes otherwise, and whether there were any."""
    words = stock.bank.words[kind]
    found = [word for word in words if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]
    for word in rng.sample(found, min(len(found), 3)):
        text = re.sub(rf"\b{re.escape(word)}\b", words[word], text, flags=re.IGNORECASE)
    return text, bool(found)
