"""Languages by their English names."""

from __future__ import annotations

from pioneer.text.stems import words

_CODES = {
    "arabic": "ar", "bulgarian": "bg", "chinese": "zh", "czech": "cs", "danish": "da",
    "dutch": "nl", "english": "en", "finnish": "fi", "french": "fr", "german": "de",
    "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "indonesian": "id",
    "italian": "it", "japanese": "ja", "korean": "ko", "norwegian": "no", "persian": "fa",
    "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru", "spanish": "es",
    "swedish": "sv", "thai": "th", "turkish": "tr", "ukrainian": "uk", "vietnamese": "vi",
}  # fmt: skip


def named_languages(text: str) -> frozenset[str]:
    """The ISO codes of the languages that a text names ('Finnish tweets')."""
    return frozenset(_CODES[word] for word in words(text) if word in _CODES)


def language_name(code: str) -> str | None:
    """The English name of an ISO code; None for one that is not listed."""
    return next((name for name, known in _CODES.items() if known == code), None)
