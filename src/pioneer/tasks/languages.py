"""The language of a task: of its texts, else as named in the description, else its own."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.tasks.sentence import words

_NAMES = {
    "arabic": "ar", "bulgarian": "bg", "chinese": "zh", "czech": "cs", "danish": "da",
    "dutch": "nl", "english": "en", "finnish": "fi", "french": "fr", "german": "de",
    "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "indonesian": "id",
    "italian": "it", "japanese": "ja", "korean": "ko", "norwegian": "no", "persian": "fa",
    "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru", "spanish": "es",
    "swedish": "sv", "thai": "th", "turkish": "tr", "ukrainian": "uk", "vietnamese": "vi",
}  # fmt: skip
_SAMPLES = 200
_ENOUGH = 20
"""Letters below which a guess is a coin toss."""


def named_language(description: str) -> str | None:
    """The ISO code of the one language that a description names; else None."""
    found = {_NAMES[word] for word in words(description) if word in _NAMES}
    return found.pop() if len(found) == 1 else None


def language_of(description: str, samples: Sequence[str]) -> tuple[str, str]:
    """The ISO code and why."""
    from pioneer.text.language import guess

    text = "\n".join(samples[:_SAMPLES])
    if len(text) >= _ENOUGH:
        return guess(text), "read from the texts of the data"
    if named := named_language(description):
        return named, "named in the description"
    return guess(description), "the language of the description"
