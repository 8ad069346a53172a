"""model.json: what a saved model says of itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pioneer.bases import Base, resolve
from pioneer.errors import BaseModelError, RegistryError
from pioneer.records import Recipe, dump, load

FILE = "model.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a saved model says of itself."""

    format: str
    """Which reader it needs: constant.v1 | frozen.v1 | tuned.v1 | duo.v1 | onnx.v1"""
    labels: tuple[str, ...]
    recipe: Recipe
    base_sha256: str = ""
    """Hash of the base's weights; empty where no base is needed."""
    max_length: int = 256
    voice: float = 0.0
    """Share of the version before in the answers of a duo."""


def write(manifest: Manifest, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dump(manifest), ensure_ascii=True, indent=1, sort_keys=True)
    (folder / FILE).write_text(text + "\n", "utf-8")


def read(folder: Path) -> Manifest:
    """Raises RegistryError where there is no model."""
    try:
        return load(Manifest, json.loads((folder / FILE).read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise RegistryError("no saved model here", file=str(folder / FILE)) from error


def base_of(manifest: Manifest) -> Base:
    """The base that the model was trained on. Raises BaseModelError if it is another by now."""
    base = resolve(manifest.recipe.base)
    if base.sha256 != manifest.base_sha256:
        raise BaseModelError(
            f"base {base.name!r} has changed since this model was trained",
            hint=f"the model needs weights with sha256 {manifest.base_sha256[:12]}...",
        )
    return base
