"""Where rows come from, in order: given by the user, the catalogue, the hub.

A further source (the web, a teacher's synthesis) is one more callable in `SOURCES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from pioneer import corpus
from pioneer.data import hub, hubsearch
from pioneer.data.cards import read_card
from pioneer.data.catalogue import find
from pioneer.data.folder import read_folder
from pioneer.data.hubid import is_hub, online
from pioneer.data.raw import RawData, together
from pioneer.data.snapshot import snapshot
from pioneer.errors import DataError, SourceError
from pioneer.records import Kind


@dataclass(frozen=True, slots=True)
class Wanted:
    """What rows are asked for."""

    description: str
    data: tuple[str, ...] = ()
    """Paths and `hub:ID`s that the user gave."""
    kind: Kind | None = None
    """Set only if the user named it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows were found, so told that the same rows are found there again."""

    sources: tuple[str, ...]
    """Paths, and hub ids with their commit."""
    origin: str
    """given | bundled | catalogue | hub"""
    why: str
    snapshot: str
    """Hash of the files."""
    called: str = ""
    """What the source is called, where its path says less."""
    licence: str = ""
    """As its card names it."""


@dataclass(frozen=True, slots=True)
class Acquired:
    """Rows, with where they come from and why they were taken."""

    raw: RawData
    place: Place

    @property
    def origin(self) -> str:
        return self.place.origin

    @property
    def why(self) -> str:
        return self.place.why

    @property
    def licence(self) -> str:
        return self.place.licence


Source: TypeAlias = Callable[[Wanted], Place | None]
"""Where the wanted rows are; None if it has no say in it. Raises SourceError if it finds none."""


def given(wanted: Wanted) -> Place | None:
    """The files, folders and hub ids of the user. Raises DataError or SourceError."""
    if not wanted.data:
        return None
    pinned = tuple(hub.pin(name) if is_hub(name) else name for name in wanted.data)
    licence = _licences(pinned)
    if all(Path(name).parent == corpus.path() for name in pinned):
        called = ", ".join(Path(name).name for name in pinned)
        return Place(pinned, "bundled", "it comes with pioneer", snapshot(pinned), called, licence)
    return Place(pinned, "given", "given as --data", snapshot(pinned), licence=licence)


def catalogue(wanted: Wanted) -> Place:
    """The data set of the catalogue that fits best."""
    best, *others = find(wanted.description, wanted.kind)
    after = f"; next: {others[0].name} {others[0].score:.2f}" if others else ""
    why = f"'{best.title}' fits {best.score:.2f}: {best.why}{after}"
    origin = "bundled" if best.path.parent == corpus.path() else "catalogue"
    sources = (str(best.path.absolute()),)
    return Place(sources, origin, why, snapshot(sources), best.name, best.licence)


def from_hub(wanted: Wanted) -> Place | None:
    """The data set of the hub that fits best; None where the hub is switched off."""
    if not online():
        return None
    found = hubsearch.find(wanted.description, wanted.kind)
    why = f"'{found.title}' fits {found.score:.2f}: {found.why}"
    sources = (found.raw.source,)
    return Place(sources, "hub", why, snapshot(sources), licence=found.licence)


SOURCES: tuple[Source, ...] = (given, catalogue, from_hub)


def locate(wanted: Wanted, sources: Sequence[Source] = SOURCES) -> Place:
    """Where the first source that has any rows has them.

    Raises SourceError if none has: the first refusal, with what the later ones said. An error of
    what the user gave explicitly is raised as it is.
    """
    refusals: list[SourceError] = []
    for source in sources:
        try:
            found = source(wanted)
        except SourceError as error:
            if wanted.data:
                raise
            refusals.append(error)
            continue
        if found is not None:
            return found
    raise _refused(refusals)


def acquire(place: Place) -> Acquired:
    """The rows of a place. Raises DataError if files there are not what they were."""
    if snapshot(place.sources) != place.snapshot:
        raise DataError(
            "the data was changed since the run began",
            file=", ".join(source for source in place.sources if not is_hub(source)),
            hint="restore the files, or start a new run",
        )
    read = [hub.load(name) if is_hub(name) else read_folder(name) for name in place.sources]
    raw = read[0] if len(read) == 1 else together(read)
    return Acquired(replace(raw, source=place.called) if place.called else raw, place)


def _licences(sources: Sequence[str]) -> str:
    """Of the folders that have a card which names one."""
    folders = [Path(source) for source in sources if not is_hub(source) and Path(source).is_dir()]
    return ", ".join(found for folder in folders if (found := read_card(folder).licence))


def _refused(refusals: Sequence[SourceError]) -> SourceError:
    if not refusals:
        return SourceError("no source of data is switched on", hint="give rows with --data PATH")
    first, *others = refusals
    message = "; ".join([first.message, *(other.message for other in others)])
    return SourceError(message, file=first.file, hint=first.hint)
