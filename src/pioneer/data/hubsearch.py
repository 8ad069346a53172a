"""Finding a data set of the hub by a description.

A few words of the description are sent to the hub, never any rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pioneer.data import hub
from pioneer.data.cards import Card
from pioneer.data.columns import kinds_that_fit
from pioneer.data.ranking import Ranked, Similar, meaning, rank, telling
from pioneer.data.raw import RawData
from pioneer.errors import SourceError
from pioneer.families import families
from pioneer.records import Kind
from pioneer.text.language_names import language_name, named_languages

_WORDS = 6
"""Words of the description that are searched for, the longest first: they tell most."""
_STUMP = 5
"""Letters that are left of a plural at least."""
_PAGE = 20
_TRIED = 3
"""Data sets that are downloaded at most before giving up."""


@dataclass(frozen=True, slots=True)
class Found:
    raw: RawData
    title: str
    score: float
    why: str
    licence: str


def find(description: str, kind: Kind | None = None, similar: Similar = meaning) -> Found:
    """The rows of the open data set of the hub that fits best and can be read.

    Raises SourceError if none does, or if the hub cannot be reached.
    """
    ranked = rank(description, _cards(description), similar)
    fitting = [one for one in ranked if one.fits][:_TRIED]
    failures: list[str] = []
    for one in fitting:
        try:
            raw = hub.load(one.card.name)
        except SourceError as error:
            failures.append(error.message)
            continue
        if kinds_that_fit(raw, [each for each in families() if kind in (None, each.kind)]):
            return Found(raw, one.card.name, one.score, one.why, one.card.licence)
        failures.append(f"the columns of {one.card.name} fit no kind of task")
    raise _nothing(ranked, failures)


def _cards(description: str) -> list[Card]:
    """What the hub says of the data sets that any telling word finds and that can be read."""
    words = sorted(telling(description), key=lambda word: (-len(word), word))[:_WORDS]
    cards: dict[str, Card] = {}
    for word in words:
        for info in hub.listed(_singular(word), _PAGE):
            if _is_open(info):
                cards.setdefault(info.id, _card(info))
    wanted = named_languages(description)
    return [
        card for card in cards.values() if not wanted or wanted & named_languages(card.language)
    ]


def _is_open(info: Any) -> bool:
    files = [file.rfilename for file in info.siblings or ()]
    closed = info.gated or info.private or info.disabled or hub.is_program(info.id, files)
    return not closed and hub.has_tables(files)


def _singular(word: str) -> str:
    """The hub finds any part of a name: 'headline' finds 'headlines', and not the reverse."""
    stump = word.removesuffix("ies") if word.endswith("ies") else word.removesuffix("s")
    return stump if len(stump) >= _STUMP else word


def _card(info: Any) -> Card:
    tags = list(info.tags or ())
    languages = (language_name(code) for code in _tagged(tags, "language"))
    return Card(
        name=info.id,
        title=info.id.rpartition("/")[2].replace("_", " ").replace("-", " "),
        task=", ".join(_tagged(tags, "task_categories")).replace("-", " "),
        language=", ".join(name for name in languages if name),
        licence=", ".join(_tagged(tags, "license")),
        summary=" ".join((info.description or "").split())[:1000],
    )


def _tagged(tags: Iterable[str], name: str) -> list[str]:
    return [tag.partition(":")[2] for tag in tags if tag.startswith(f"{name}:")]


def _nothing(ranked: list[Ranked], failures: list[str]) -> SourceError:
    near = ", ".join(f"{one.card.name} {one.score:.2f}" for one in ranked[:3]) or "none"
    reasons = "".join(f"; {failure}" for failure in failures)
    return SourceError(
        f"no data set of the hub fits the description; nearest: {near}{reasons}",
        hint="name one with --data hub:ID, or give your own rows with --data PATH",
    )
