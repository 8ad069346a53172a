"""Where rows come from, in order: given by the user, the catalogue, the hub.

A further source (the web, a teacher's synthesis) is one more callable in `SOURCES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from pioneer import corpus
from pioneer.data import hub, hubsearch
from pioneer.data.catalogue import find
from pioneer.data.folder import read_folder
from pioneer.data.raw import RawData, together
from pioneer.errors import SourceError
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
class Acquired:
    """Rows, with where they come from and why they were taken."""

    raw: RawData
    origin: str
    """given | bundled | catalogue | hub"""
    why: str


Source: TypeAlias = Callable[[Wanted], Acquired | None]
"""Rows for what is wanted; None if it has no say in it. Raises SourceError if it finds nothing."""


def given(wanted: Wanted) -> Acquired | None:
    """The files, folders and hub ids of the user. Raises DataError or SourceError for any."""
    if not wanted.data:
        return None
    sources = [_read(name) for name in wanted.data]
    raw = sources[0] if len(sources) == 1 else together(sources)
    return Acquired(raw, "given", "given as --data")


def catalogue(wanted: Wanted) -> Acquired:
    """The data set of the catalogue that fits best."""
    best, *others = find(wanted.description, wanted.kind)
    raw = replace(read_folder(best.path), source=best.name)
    origin = "bundled" if best.path.parent == corpus.path() else "catalogue"
    after = f"; next: {others[0].name} {others[0].score:.2f}" if others else ""
    return Acquired(raw, origin, f"'{best.title}' fits {best.score:.2f}: {best.why}{after}")


def from_hub(wanted: Wanted) -> Acquired | None:
    """The data set of the hub that fits best; None where the hub is switched off."""
    if not hub.online():
        return None
    found = hubsearch.find(wanted.description, wanted.kind)
    return Acquired(found.raw, "hub", f"'{found.title}' fits {found.score:.2f}: {found.why}")


SOURCES: tuple[Source, ...] = (given, catalogue, from_hub)


def acquire(wanted: Wanted, sources: Sequence[Source] = SOURCES) -> Acquired:
    """The rows of the first source that has any.

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


def _read(name: str) -> RawData:
    return hub.load(name.removeprefix(hub.PREFIX)) if hub.is_hub(name) else read_folder(name)


def _refused(refusals: Sequence[SourceError]) -> SourceError:
    if not refusals:
        return SourceError("no source of data is switched on", hint="give rows with --data PATH")
    first, *others = refusals
    message = "; ".join([first.message, *(other.message for other in others)])
    return SourceError(message, file=first.file, hint=first.hint)
