"""An encoder as a module: token ids in, one vector per text out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from pioneer.encoding.batches import alike, equal_lengths, padded
from pioneer.encoding.device import attention, device
from pioneer.encoding.tokens import Tokens
from pioneer.errors import BaseModelError


class Encoder(nn.Module):
    """A transformer and the mean over its real tokens. A pooling layer of its own is dropped."""

    def __init__(self, transformer: nn.Module) -> None:
        super().__init__()
        self.transformer = transformer
        if getattr(transformer, "pooler", None) is not None:
            transformer.register_module("pooler", None)

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """[rows, tokens] ids -> [rows, hidden], not normalised. Mask: 1 = real; none = all. Where
        something learns, real tokens stand on the left."""
        learning = torch.is_grad_enabled() and device().type == "cpu"
        if attention_mask is None or not learning:
            return self._means(input_ids, attention_mask)
        lengths = attention_mask.sum(1).tolist()
        parts = alike(lengths)
        if len(parts) == 1:
            return self._means(input_ids, attention_mask)
        means = []
        for rows in parts:
            longest = max(lengths[row] for row in rows)
            means.append(self._means(input_ids[rows, :longest], attention_mask[rows, :longest]))
        order = torch.tensor([row for rows in parts for row in rows])
        return torch.cat(means)[order.argsort()]

    def _means(self, input_ids: Tensor, attention_mask: Tensor | None) -> Tensor:
        """Of the states of each row's real tokens."""
        output = self.transformer(input_ids=input_ids, attention_mask=attention_mask)
        states = cast(Tensor, output.last_hidden_state)
        if attention_mask is None:
            return states.mean(1)
        real = attention_mask.unsqueeze(-1).to(states.dtype)
        return (states * real).sum(1) / real.sum(1).clamp(min=1)

    def layers(self) -> nn.ModuleList:
        """The stack of transformer layers, bottom first."""
        stacks = [part for part in self.transformer.modules() if isinstance(part, nn.ModuleList)]
        return max(stacks, key=len)


def unit_vectors(encoder: Encoder, tokens: Sequence[Tokens], hidden: int) -> NDArray[np.float32]:
    """[rows, hidden]: each row's vector, of length 1.

    On a CPU it is the same to the last bit whatever rows are encoded with it.
    """
    encoder.eval()
    vectors = np.empty((len(tokens), hidden), np.float32)
    with torch.inference_mode():
        for rows in equal_lengths(tokens, torch.get_num_threads()):
            ids, _ = padded([tokens[row] for row in rows], device())
            vectors[rows] = functional.normalize(encoder(ids), dim=-1).cpu().numpy()
    return vectors


def load_encoder(folder: Path) -> Encoder:
    """The encoder in a folder, in fp32, in evaluation mode, on our device.

    Only safetensors are read and no code that came with them is run. Raises BaseModelError.
    """
    from safetensors import SafetensorError
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    options: dict[str, Any] = {"use_safetensors": True, "trust_remote_code": False}
    options |= {"local_files_only": True, "dtype": torch.float32}
    options |= {"attn_implementation": attention()}
    try:
        transformer = AutoModel.from_pretrained(folder, **options)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BaseModelError(f"cannot load the encoder: {reason}", file=str(folder)) from error
    return Encoder(transformer).eval().to(device())


def save_encoder(encoder: Encoder, folder: Path) -> None:
    """Write weights and configuration as `load_encoder` and transformers read them."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: each.contiguous() for name, each in encoder.transformer.state_dict().items()}
    save_file(weights, str(folder / "model.safetensors"), metadata={"format": "pt"})
    cast(Any, encoder.transformer).config.save_pretrained(folder)


@lru_cache(maxsize=1)
def frozen_encoder(folder: Path) -> Encoder:
    """The encoder of a base, kept for the next call. Never train this one."""
    return load_encoder(folder).requires_grad_(False)
