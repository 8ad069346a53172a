"""The one training loop, on a network of a few numbers, against the same steps by hand."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from pioneer.encoding.tokens import Tokens
from pioneer.errors import TrainingError
from pioneer.training import Fit, Group, Loss, Plan, shuffled, train

RNG = random.Random(0)
TOKENS: list[Tokens] = [
    np.array([RNG.randrange(1, 20) for _ in range(RNG.randint(2, 6))], np.int32) for _ in range(24)
]
TARGETS = torch.tensor([int(tokens.sum()) % 3 for tokens in TOKENS])
ORDER = shuffled([len(one) for one in TOKENS], 4)


class Bag(nn.Module):
    """The mean of a table's rows, and a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        chance = torch.Generator().manual_seed(0)
        self.table = nn.Parameter(torch.randn(20, 8, generator=chance))
        self.weight = nn.Parameter(torch.randn(3, 8, generator=chance))
        self.bias = nn.Parameter(torch.ones(3))

    def forward(self, ids: Tensor, mask: Tensor | None) -> Tensor:
        states = self.table[ids]
        real = torch.ones_like(ids) if mask is None else mask
        mean = (states * real.unsqueeze(-1)).sum(1) / real.sum(1, keepdim=True)
        return functional.linear(mean, self.weight, self.bias)

    def loss(self) -> Loss:
        return lambda ids, mask, rows: functional.cross_entropy(
            self(ids, mask).float(), TARGETS[rows]
        )


def by_hand(bag: Bag, plan: Plan, decay: float) -> None:
    """The same training with nothing but the formulas of AdamW, the schedule and the clip."""
    chance = random.Random(plan.seed)
    schedule = [batch for _ in range(plan.epochs) for batch in ORDER(chance)]
    rise = max(1, round(plan.warmup * len(schedule)))
    first = [torch.zeros_like(p) for p in bag.parameters()]
    second = [torch.zeros_like(p) for p in bag.parameters()]
    for step, batch in enumerate(schedule):
        share = (
            (step + 1) / rise
            if step < rise
            else 0.5 * (1 + math.cos(math.pi * (step - rise) / (len(schedule) - rise)))
        )
        losses = [
            functional.cross_entropy(
                bag(torch.from_numpy(TOKENS[row].astype(np.int64))[None], None), TARGETS[row, None]
            )
            for row in batch
        ]
        bag.zero_grad()
        torch.stack(losses).mean().backward()  # type: ignore[no-untyped-call]
        slopes = [p.grad for p in bag.parameters() if p.grad is not None]
        length = math.sqrt(sum(float((slope**2).sum()) for slope in slopes))
        with torch.no_grad():
            for p, slope, m, v in zip(bag.parameters(), slopes, first, second, strict=True):
                slope *= min(1.0, plan.clip / (length + 1e-6))
                m.mul_(0.9).add_(slope, alpha=0.1)
                v.mul_(0.999).addcmul_(slope, slope, value=0.001)
                rate = plan.rate * share
                if p.dim() > 1:
                    p.mul_(1 - rate * decay)
                bias = math.sqrt(1 - 0.999 ** (step + 1))
                p.sub_(rate / (1 - 0.9 ** (step + 1)) * m / (v.sqrt() / bias + 1e-8))


def trained(plan: Plan) -> tuple[Bag, Fit]:
    bag = Bag()
    return bag, train([Group(list(bag.parameters()))], TOKENS, bag.loss(), ORDER, plan)


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Single precision, also on a machine that trains in half of it."""
    monkeypatch.setattr("pioneer.encoding.device.has_fast_bf16", lambda: False)


@pytest.mark.parametrize("clip", [1.0, 0.05])
def test_it_takes_the_steps_that_the_formulas_say(clip: float) -> None:
    plan = Plan(epochs=3, rate=0.05, warmup=0.2, clip=clip, seed=5)
    bag, fit = trained(plan)
    other = Bag()
    by_hand(other, plan, decay=0.01)
    for ours, theirs in zip(bag.parameters(), other.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=2e-5)
    assert (fit.steps, fit.rows) == (18, 72)


def test_the_loss_it_reports_is_the_mean_of_its_last_epoch() -> None:
    bag = Bag()
    values: list[float] = []

    def noted(ids: Tensor, mask: Tensor | None, rows: Tensor) -> Tensor:
        value = bag.loss()(ids, mask, rows)
        values.append(value.item())
        return value

    fit = train([Group(list(bag.parameters()))], TOKENS, noted, ORDER, Plan(4, 0.05))
    assert fit.loss == pytest.approx(sum(values[-6:]) / 6)
    assert fit.loss < sum(values[:6]) / 6


def test_equal_plans_end_in_equal_bits_and_other_seeds_do_not() -> None:
    one, other, third = (trained(Plan(2, 0.05, seed=seed))[0] for seed in (1, 1, 2))
    assert torch.equal(one.table, other.table)
    assert not torch.equal(one.table, third.table)


def test_what_is_in_no_group_stays() -> None:
    bag, before = Bag(), Bag()
    train([Group([bag.weight, bag.bias])], TOKENS, bag.loss(), ORDER, Plan(1, 0.05))
    assert torch.equal(bag.table, before.table)
    assert not torch.equal(bag.weight, before.weight)


def test_a_group_s_speed_multiplies_its_steps() -> None:
    def change(speed: float) -> Tensor:
        bag = Bag()
        alone = Group([bag.weight], speed, decay=0.0)
        train([alone], TOKENS[:4], bag.loss(), lambda _: [[0, 1, 2, 3]], Plan(1, 0.001))
        moved: Tensor = bag.weight - Bag().weight
        return moved

    assert torch.allclose(change(10.0), 10 * change(1.0), rtol=1e-3, atol=1e-7)


def test_matrices_decay_and_vectors_do_not() -> None:
    bag, before = Bag(), Bag()
    group = Group(list(bag.parameters()), decay=0.5)
    flat: Loss = lambda ids, mask, rows: bag(ids, mask).sum() * 0.0  # noqa: E731
    train([group], TOKENS[:4], flat, lambda _: [[0, 1, 2, 3]], Plan(1, 0.1))
    assert torch.allclose(bag.weight, before.weight * (1 - 0.1 * 0.5))
    assert torch.equal(bag.bias, before.bias)


@given(steps=st.integers(1, 200), warmup=st.floats(0, 1))
def test_the_rate_rises_to_its_peak_and_falls_to_almost_nothing(steps: int, warmup: float) -> None:
    from pioneer.training.loop import _share_of_peak

    shares = [_share_of_peak(step, steps, warmup) for step in range(steps)]
    peak = shares.index(max(shares))
    assert shares[peak] == 1.0
    assert shares[: peak + 1] == sorted(shares[: peak + 1])
    assert shares[peak:] == sorted(shares[peak:], reverse=True)
    assert min(shares) > 0 or steps == 1


def test_progress_counts_the_steps() -> None:
    shares: list[float] = []
    bag = Bag()
    train([Group([bag.weight])], TOKENS, bag.loss(), ORDER, Plan(2, 0.05), shares.append)
    assert shares == pytest.approx([(step + 1) / 12 for step in range(12)])


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf")])
def test_a_loss_that_is_no_number_fails_before_it_harms(wrong: float) -> None:
    bag, before = Bag(), Bag()

    def loss(ids: Tensor, mask: Tensor | None, rows: Tensor) -> Tensor:
        found: Tensor = bag(ids, mask)
        return found.sum() * wrong

    with pytest.raises(TrainingError, match=f"the loss became -?{abs(wrong)}.*lower learning rate"):
        train([Group(list(bag.parameters()))], TOKENS, loss, ORDER, Plan(1, 0.05))
    assert torch.equal(bag.table, before.table)


def no_memory(*_: object) -> Tensor:
    return torch.empty(2**55)


def broken_python(*_: object) -> Tensor:
    raise MemoryError


@pytest.mark.parametrize("loss", [no_memory, broken_python])
def test_a_lack_of_memory_is_named_with_a_way_out(loss: Callable[..., Tensor]) -> None:
    with pytest.raises(TrainingError, match=r"out of memory.*smaller batch"):
        train([Group([Bag().weight])], TOKENS, loss, ORDER, Plan(1, 0.05))


def test_a_bug_in_a_loss_stays_a_bug() -> None:
    def loss(ids: Tensor, mask: Tensor | None, rows: Tensor) -> Tensor:
        return torch.ones(2, 3) @ torch.ones(2, 3)

    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        train([Group([Bag().weight])], TOKENS, loss, ORDER, Plan(1, 0.05))
