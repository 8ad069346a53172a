"""Data sets at hand: the folders that PIONEER_CATALOGUE names, and the bundled corpus."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pioneer import corpus
from pioneer.data.cards import Card, read_card
from pioneer.data.columns import kinds_that_fit
from pioneer.data.folder import read_folder
from pioneer.data.ranking import Ranked, Similar, meaning, rank
from pioneer.data.raw import PARTS
from pioneer.data.readers import READERS
from pioneer.errors import DataError, SourceError
from pioneer.families import family
from pioneer.records import Kind
from pioneer.store.places import expanded
from pioneer.text.language_names import named_languages

VARIABLE = "PIONEER_CATALOGUE"
_WAY_OUT = "give your own rows with --data PATH"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A data set that fits a description."""

    name: str
    path: Path
    score: float
    why: str
    """Which words its card shares with the description, and how close they are in meaning."""
    title: str
    licence: str = ""


def data_sets(environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The folders of the data sets, sorted by name within each folder of the catalogue.

    Unset, the variable means the bundled corpus alone; empty, it means none at all. Raises
    SourceError for a folder that is not there.
    """
    named = environment.get(VARIABLE)
    if named is not None and not named.strip():
        return ()
    homes = [expanded(home) for home in (named or "").split(os.pathsep) if home.strip()]
    found: dict[str, Path] = {}
    for home in (*homes, corpus.path()):
        for folder in _folders(home):
            found.setdefault(folder.name, folder)
    return tuple(found.values())


def find(
    description: str,
    kind: Kind | None = None,
    sets: Sequence[Path] | None = None,
    similar: Similar = meaning,
) -> list[Candidate]:
    """The data sets that fit a description (and can be read as the kind), best first.

    Raises SourceError, naming the nearest three, if none does.
    """
    places = {folder.name: folder for folder in (data_sets() if sets is None else sets)}
    cards = [read_card(folder) for folder in places.values()]
    ranked = rank(description, [card for card in cards if _speaks(card, description)], similar)
    fitting = [one for one in ranked if one.fits]
    if kind is not None:
        fitting = [one for one in fitting if _reads_as(places[one.card.name], kind)]
    if not fitting:
        raise _nothing(ranked, bool(cards))
    return [
        Candidate(
            one.card.name,
            places[one.card.name],
            round(one.score, 4),
            one.why,
            one.card.title,
            one.card.licence,
        )
        for one in fitting
    ]


def _folders(home: Path) -> list[Path]:
    try:
        return [folder for folder in sorted(home.iterdir()) if _holds_data(folder)]
    except OSError as error:
        raise SourceError(
            f"{VARIABLE} names a folder that cannot be read: {error.strerror}",
            file=str(home),
            hint="it lists folders of data sets, separated like PATH; empty means none",
        ) from error


def _holds_data(folder: Path) -> bool:
    names = {part + suffix for part in PARTS for suffix in READERS}
    return folder.is_dir() and any(file.name.lower() in names for file in folder.iterdir())


def _speaks(card: Card, description: str) -> bool:
    """Whether a set is in a language that the description names, where both say so."""
    wanted, own = named_languages(description), named_languages(card.language)
    return not wanted or not own or bool(wanted & own)


def _reads_as(folder: Path, kind: Kind) -> bool:
    try:
        return kind in kinds_that_fit(read_folder(folder), [family(kind)])
    except DataError:
        return False


def _nothing(ranked: Sequence[Ranked], any_sets: bool) -> SourceError:
    if not any_sets:
        return SourceError("the catalogue is empty", hint=f"{_WAY_OUT}, or set {VARIABLE}")
    near = ", ".join(f"{one.card.name} {one.score:.2f}" for one in ranked[:3])
    nearest = f"; nearest: {near}" if near else ""
    return SourceError(f"no data set of the catalogue fits the description{nearest}", hint=_WAY_OUT)
