"""The one training loop. Rows and a loss in, trained parameters out.

No callbacks, no trainer class: what varies between learners is which parameters move, how rows
are ordered and what the loss is, and those are its arguments.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

from pioneer.encoding.batches import padded
from pioneer.encoding.device import device, mixed_precision
from pioneer.encoding.tokens import Tokens
from pioneer.errors import TrainingError
from pioneer.training.order import Epoch

Loss: TypeAlias = Callable[[Tensor, Tensor | None, Tensor], Tensor]
"""(ids [rows, tokens], mask or None, row numbers [rows]) -> mean loss of these rows."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard to train."""

    epochs: int
    rate: float
    """Peak learning rate; it rises over `warmup` and then falls as half a cosine."""
    warmup: float = 0.06
    """Share of the steps."""
    clip: float = 1.0
    """Longest gradient, over all parameters."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters that move at the plan's rate times `speed`."""

    parameters: Sequence[nn.Parameter]
    speed: float = 1.0
    decay: float = 0.01
    """Weight decay; matrices only."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What a training did."""

    steps: int
    rows: int
    """Rows passed, epochs counted."""
    loss: float
    """Mean over the last epoch."""


def train(
    groups: Sequence[Group],
    tokens: Sequence[Tokens],
    loss: Loss,
    epoch: Epoch,
    plan: Plan,
    progress: Callable[[float], None] = lambda _share: None,
) -> Fit:
    """Move the parameters so that the loss falls.

    The same arguments on the same machine with as many threads give the same parameters, to the
    last bit on a CPU. Raises TrainingError if the loss stops being a number, or memory is short.
    """
    optimizer = torch.optim.AdamW(_settings(groups, plan), lr=plan.rate, fused=True)
    moved = [parameter for group in groups for parameter in group.parameters]
    chance = random.Random(plan.seed)
    epochs = [epoch(chance) for _ in range(plan.epochs)]
    schedule = [batch for batches in epochs for batch in batches]
    losses = []
    for step, batch in enumerate(schedule):
        for settings in optimizer.param_groups:
            settings["lr"] = settings["peak"] * _share_of_peak(step, len(schedule), plan.warmup)
        with _shortage():
            losses.append(_differentiate(loss, tokens, batch))
        _clip(moved, plan.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        progress((step + 1) / len(schedule))
    last = losses[-len(epochs[-1]) :]
    return Fit(len(schedule), sum(map(len, schedule)), sum(last) / len(last))


def _differentiate(loss: Loss, tokens: Sequence[Tokens], batch: list[int]) -> float:
    """One forward and backward pass; the gradients are left on the parameters."""
    ids, mask = padded([tokens[row] for row in batch], device())
    with mixed_precision():
        value = loss(ids, mask, torch.tensor(batch, device=device()))
    number = value.item()
    if not math.isfinite(number):
        raise TrainingError(f"the loss became {number}", hint="try a lower learning rate")
    value.backward()  # type: ignore[no-untyped-call]
    return number


def _clip(parameters: Sequence[nn.Parameter], longest: float) -> None:
    """Shorten the gradient if it is longer; most are not, and are then only read."""
    norm = nn.utils.get_total_norm([each.grad for each in parameters if each.grad is not None])
    if norm > longest:
        nn.utils.clip_grads_with_norm_(parameters, longest, norm)


@contextmanager
def _shortage() -> Iterator[None]:
    """Name a lack of memory, which torch reports in three ways."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        text = str(error).lower()
        if isinstance(error, MemoryError) or "out of memory" in text or "allocate memory" in text:
            hint = "try a smaller batch or a smaller base"
            raise TrainingError("out of memory in a training step", hint=hint) from error
        raise


def _settings(groups: Sequence[Group], plan: Plan) -> list[dict[str, object]]:
    """Optimizer groups: matrices with weight decay, biases and norms without."""
    settings: list[dict[str, object]] = []
    for group in groups:
        matrices = [each for each in group.parameters if each.dim() > 1]
        vectors = [each for each in group.parameters if each.dim() <= 1]
        for parameters, decay in ((matrices, group.decay), (vectors, 0.0)):
            if parameters:
                peak = plan.rate * group.speed
                settings.append({"params": parameters, "weight_decay": decay, "peak": peak})
    return settings


def _share_of_peak(step: int, steps: int, warmup: float) -> float:
    """A straight rise, then half a cosine down to almost nothing at the last step."""
    rise = max(1, round(warmup * steps))
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))
