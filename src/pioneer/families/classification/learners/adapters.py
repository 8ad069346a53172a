"""The one place that speaks to peft."""

from __future__ import annotations

import warnings

import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from pioneer.encoding.encoder import Encoder


def attach(encoder: Encoder, rank: int, seed: int) -> list[nn.Parameter]:
    """Put low-rank adapters on every linear layer; the parameters that learn.

    Their start is random, by `seed` alone: the global generators are left as they were.
    """
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", lora_dropout=0.0)
    with torch.random.fork_rng(), warnings.catch_warnings():
        torch.manual_seed(seed)
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        encoder.transformer = get_peft_model(encoder.transformer, config)
    return [weight for weight in encoder.parameters() if weight.requires_grad]


def fold(encoder: Encoder) -> None:
    """Add the adapters to the weights that they adapt and remove them."""
    encoder.transformer = encoder.transformer.merge_and_unload()  # type: ignore[operator]
