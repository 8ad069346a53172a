"""A base that lies in a folder: weights in safetensors beside config.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pioneer.bases.base import Base
from pioneer.bases.weights import count_parameters, joined_sha256
from pioneer.errors import BaseModelError

_POSITIONS = ("max_position_embeddings", "n_positions")
_WIDTHS = ("hidden_size", "dim", "d_model", "n_embd")
"""What configurations call the width of the hidden states."""

_AGAIN = "fetch the base again"


def read(name: str, folder: Path, cache: Path) -> Base:
    """The base in a folder. Raises BaseModelError where config, tokenizer or weights lack."""
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        hint = "only safetensors are loaded; convert other weights first"
        raise BaseModelError(f"{name}: no *.safetensors in {folder}", hint=hint)
    _check_whole(folder)
    if not (folder / "tokenizer.json").is_file():
        hint = "transformers writes one: AutoTokenizer.from_pretrained(...).save_pretrained(FOLDER)"
        raise BaseModelError(f"{name}: no tokenizer.json in {folder}", hint=hint)
    config = _config(folder / "config.json")
    return Base(
        name=name,
        path=folder,
        sha256=joined_sha256(weights, cache),
        hidden=next(config[key] for key in _WIDTHS if key in config),
        params=sum(count_parameters(file) for file in weights),
        positions=next((config[key] for key in _POSITIONS if key in config), sys.maxsize),
    )


def _check_whole(folder: Path) -> None:
    """That all files are there, where the weights are in several."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return
    try:
        named = {str(file) for file in json.loads(index.read_text("utf-8"))["weight_map"].values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BaseModelError("names no files of weights", file=str(index), hint=_AGAIN) from error
    lacking = sorted(name for name in named if not (folder / name).is_file())
    if lacking:
        raise BaseModelError(f"lacks {', '.join(lacking)}", file=str(folder), hint=_AGAIN)


def _config(file: Path) -> dict[str, int]:
    """The sizes that we need of a configuration."""
    try:
        told = json.loads(file.read_text("utf-8"))
        sizes = {key: told.get(key) for key in (*_WIDTHS, *_POSITIONS)}
    except (OSError, ValueError, AttributeError) as error:
        raise _no_config(file) from error
    found = {key: size for key, size in sizes.items() if isinstance(size, int) and size > 0}
    if not found.keys() & set(_WIDTHS):
        raise _no_config(file)
    return found


def _no_config(file: Path) -> BaseModelError:
    hint = "it is written by save_pretrained of transformers"
    return BaseModelError("says no hidden_size", file=str(file), hint=hint)
