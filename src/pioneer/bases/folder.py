"""A base that lies in a folder: weights in safetensors beside config.json."""

from __future__ import annotations

import json
from pathlib import Path

from pioneer.bases.base import Base
from pioneer.bases.weights import count_parameters, joined_sha256
from pioneer.errors import BaseModelError

_WIDTHS = ("hidden_size", "dim", "d_model", "n_embd")
"""What configurations call the width of the hidden states."""


def read(name: str, folder: Path, cache: Path) -> Base:
    """The base in a folder. Raises BaseModelError where config, tokenizer or weights lack."""
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        hint = "only safetensors are loaded; convert other weights first"
        raise BaseModelError(f"{name}: no *.safetensors in {folder}", hint=hint)
    if not (folder / "tokenizer.json").is_file():
        raise BaseModelError(f"{name}: no tokenizer.json in {folder}")
    return Base(
        name=name,
        path=folder,
        sha256=joined_sha256(weights, cache),
        hidden=_width(folder / "config.json"),
        params=sum(count_parameters(file) for file in weights),
    )


def _width(file: Path) -> int:
    try:
        config = json.loads(file.read_text("utf-8"))
        return next(int(config[key]) for key in _WIDTHS if key in config)
    except (OSError, ValueError, TypeError, StopIteration) as error:
        raise BaseModelError("says no hidden_size", file=str(file)) from error
