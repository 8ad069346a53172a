"""How people and tools write a verdict."""

from __future__ import annotations

import re
from typing import Any

from pioneer.errors import DataError
from pioneer.families.columns import kind_of
from pioneer.records import Ruling

_PASSING = (
    "pass passed true yes y ok okay correct right good accept accepted approve approved success "
    "thumbs_up thumbs-up thumbsup positive 1 1.0"
)
_FAILING = (
    "fail failed false no n incorrect wrong bad reject rejected disapprove disapproved failure "
    "thumbs_down thumbs-down thumbsdown negative 0 0.0"
)
_UNJUDGED = "unjudged unknown unsure skipped skip error none n/a na"
_WORDS = {
    word: ruling
    for ruling, words in (
        (Ruling.PASS, _PASSING),
        (Ruling.FAIL, _FAILING),
        (Ruling.UNJUDGED, _UNJUDGED),
    )
    for word in words.split()
}

_ABOUT_RIGHTNESS = re.compile(
    r"correct|accura|verdict|right|pass|fail|match|quality|feedback|thumb|approv|judg|rating",
    re.IGNORECASE,
)


def ruling_of(value: Any) -> Ruling | None:
    """What a word, a truth value or 0 and 1 say; None for anything else."""
    return _WORDS.get(str(value).strip().casefold().replace(" ", "_"))


def read_ruling(value: Any) -> Ruling:
    """The ruling of a `verdict` column. Raises DataError."""
    if isinstance(value, str | bool | int | float):
        ruling = ruling_of(value)
        if ruling is not None:
            return ruling
        raise DataError(f"verdict must be pass, fail or unjudged, but is {str(value)[:40]!r}")
    raise DataError(f"verdict must be pass, fail or unjudged, but holds {kind_of(value)}")


def about_rightness(name: str, wanted: str | None) -> bool:
    """Whether a score of this name says if the answer was right: the one that the user named, else
    one whose name speaks of it (correctness, accuracy, thumbs up, ...)."""
    return name == wanted if wanted is not None else _ABOUT_RIGHTNESS.search(name) is not None
