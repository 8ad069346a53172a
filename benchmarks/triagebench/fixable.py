"""Our own generator: what users do to a text that leaves its meaning. It shares nothing with the
detectors, with `pioneer.curriculum` or with `pioneer.bench`."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

Change = Callable[[str, random.Random], str]

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEAR = {
    key: row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    for row in _KEYS
    for at, key in enumerate(row)
}
_GREETINGS = (
    "hi there, ", "hello! ", "hey, quick question: ", "sorry to bother you but ", "good morning. ",
    "ok so ", "um, ", "dear team, ", "hope you're well. ", "just wondering, ", "yo ", "thanks in "
    "advance! ", "could you help me? ", "not sure who to ask, ", "i have a request: ",
    "i tried this twice today and got nowhere, so here it is again. ",
    "long story short, my sister uses this as well and told me to write in. ",
    "apologies if this is the wrong place, i am new here and still finding my way around. ",
)  # fmt: skip
_FAREWELLS = (
    " thanks a lot", " cheers, ben", ". many thanks and best regards, joanna", " thx!!", " pls",
    "\n\n--\nsent from my phone", " let me know asap", ". sorry it got so long, have a nice day",
)  # fmt: skip
_FOREIGN = {
    "please": "por favor", "thanks": "merci", "thank": "danke", "hello": "hola", "hi": "salut",
    "my": "mi", "the": "el", "and": "und", "what": "was", "where": "donde", "how": "wie",
    "is": "es", "for": "pour", "with": "mit", "to": "a", "new": "nuevo", "today": "heute",
}  # fmt: skip
_SLANG = {
    "you": "u", "are": "r", "for": "4", "to": "2", "please": "plz", "want": "wanna", "going to":
    "gonna", "thanks": "thx", "because": "cuz", "what": "wot", "my": "ma", "okay": "k", "the": "da",
    "tomorrow": "tmrw", "about": "abt", "with": "w/", "have": "hav", "message": "msg",
}  # fmt: skip
_MARKUPS = (
    "<p>{text}</p>", "**{text}**", "> {text}", "<div class=\"msg\"><b>{text}</b></div>", "- {text}",
    "`{text}`", '{{"query": "{text}"}}', "&nbsp;{text}<br/>", "~ {text} ~", "[{text}](#)",
)  # fmt: skip
_SMALL = {"the", "a", "an", "is", "are", "to", "of", "my", "do", "does", "for"}


def typos(text: str, rng: random.Random) -> str:
    letters = list(text)
    for _ in range(max(1, len(letters) // 15)):
        at = rng.randrange(len(letters))
        near = _NEAR.get(letters[at].lower(), "")
        act = rng.randrange(3)
        if act == 0 and near:
            letters[at] = rng.choice(near)
        elif act == 1 and len(letters) > 4:
            letters.pop(at)
        elif at + 1 < len(letters):
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def spelling(text: str, rng: random.Random) -> str:
    pairs = [("ph", "f"), ("ea", "ee"), ("ck", "k"), ("tion", "shun"), ("ou", "u"), ("gh", "")]
    rng.shuffle(pairs)
    for old, new in pairs[:3]:
        text = text.replace(old, new)
    return text


def grammar(text: str, rng: random.Random) -> str:
    words = text.split()
    kept = [word for word in words if word.lower() not in _SMALL or rng.random() < 0.3]
    return " ".join(kept or words)


def casing(text: str, rng: random.Random) -> str:
    return rng.choice([text.upper(), text.title(), text.swapcase()])


def truncation(text: str, rng: random.Random) -> str:
    words = text.split()
    return " ".join(words[: max(3, round(len(words) * rng.uniform(0.7, 0.9)))])


def preamble(text: str, rng: random.Random) -> str:
    first, second = rng.sample(_GREETINGS, 2)
    return rng.choice([first, first + second]) + text


def farewell(text: str, rng: random.Random) -> str:
    return text + rng.choice(_FAREWELLS)


def markup(text: str, rng: random.Random) -> str:
    return rng.choice(_MARKUPS).format(text=text)


def switching(text: str, rng: random.Random) -> str:
    words = [_FOREIGN.get(w.lower(), w) if rng.random() < 0.6 else w for w in text.split()]
    return " ".join(words)


def slang(text: str, _rng: random.Random) -> str:
    return " ".join(_SLANG.get(word.lower(), word) for word in text.split())


def stutter(text: str, rng: random.Random) -> str:
    words = text.split()
    at = rng.randrange(len(words)) if words else 0
    return " ".join(words[: at + 1] + words[at : at + 1] * rng.randint(1, 2) + words[at + 1 :])


FIXABLE: Mapping[str, Change] = {
    "typos": typos,
    "spelling": spelling,
    "grammar": grammar,
    "casing": casing,
    "truncation": truncation,
    "preamble": preamble,
    "farewell": farewell,
    "markup": markup,
    "code-switching": switching,
    "slang": slang,
    "stutter": stutter,
}
