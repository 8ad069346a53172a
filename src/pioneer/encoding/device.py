"""Where numeric work runs, and in what precision."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

import torch


@cache
def device() -> torch.device:
    """The one choice of device in this project: a GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def attention() -> str:
    """How attention is computed. On a CPU plain products beat the fused kernel, whose backward
    pass took 30 % of a training step on short texts: 151 rows/s against 95 at 16 tokens."""
    return "eager" if device().type == "cpu" else "sdpa"


@cache
def has_fast_bf16() -> bool:
    """Whether bf16 products pay. A CPU without instructions for them emulates them: AVX2 runs
    bf16 matrix products at a twentieth of the speed of fp32."""
    if device().type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def mixed_precision() -> AbstractContextManager[None]:
    """bf16 for the products of a training step where that pays, else nothing."""
    return torch.autocast(device().type, torch.bfloat16, enabled=has_fast_bf16())
