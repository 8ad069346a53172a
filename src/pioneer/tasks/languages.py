"""The language of a task: of its texts, else as named in the description, else its own."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.text.language_names import named_languages

_SAMPLES = 200
_ENOUGH = 20
"""Letters below which a guess is a coin toss."""


def language_of(description: str, samples: Sequence[str]) -> tuple[str, str]:
    """The ISO code and why."""
    from pioneer.text.language import guess

    text = "\n".join(samples[:_SAMPLES])
    if len(text) >= _ENOUGH:
        return guess(text), "read from the texts of the data"
    named = named_languages(description)
    if len(named) == 1:
        return min(named), "named in the description"
    return guess(description.replace("-", "")), "the language of the description"
