"""Learning-rate range test: raise the rate from batch to batch, watch the loss, and pick a rate below the cliff.

Rates grow geometrically from ``low`` to ``high``. The loss is smoothed exponentially with bias correction, s_i = (b
s_(i-1) + (1 - b) loss_i), shown as s_i / (1 - b^i); the test stops when it exceeds four times its minimum or is not
finite. Suggestions: a tenth of the rate at the minimum, and the middle of the longest falling stretch ("valley"). The
largest rate that still works is not one of them: it leaves no margin.

Source: L. Smith, Cyclical Learning Rates for Training Neural Networks, 2015, arXiv 1506.01186; fast.ai, Practical
Deep Learning for Coders (2018), part 1, lesson 1 (``lr_find``).

Common mistakes: the rate at the minimum or the largest one, a test that leaves its weights in the model.

Practice: L1. Rules: BP201.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

DIVERGED = 4.0
"""The test stops when the smoothed loss exceeds its minimum by this factor."""


@dataclass(frozen=True)
class RangeTest:
    """What the test saw: the rates and the smoothed losses, one for each batch."""

    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)

    @property
    def minimum_tenth(self) -> float:
        """A tenth of the rate at which the smoothed loss is lowest."""
        self._check()
        return self.rates[self.losses.index(min(self.losses))] / 10

    @property
    def valley(self) -> float:
        """The rate in the middle of the longest stretch that falls, in which the loss may rise now and then.

        It is the longest subsequence of falling losses: at each batch its length is one more than that of the longest one
        that ends at an earlier, larger loss.
        """
        self._check()
        lengths: list[int] = []
        for i, loss in enumerate(self.losses):
            lengths.append(1 + max((lengths[j] for j in range(i) if self.losses[j] > loss), default=0))
        end = lengths.index(max(lengths))
        start = max(end - lengths[end], 0)
        return self.rates[start + (end - start) // 2]

    def _check(self) -> None:
        if not self.losses:
            raise ValueError("the range test saw no batch")

    def curve(self, width: int = 60, height: int = 12) -> str:
        """The losses over the logarithm of the rate, drawn with characters."""
        self._check()
        low, high = min(self.losses), max(self.losses)
        grid = [[" "] * width for _ in range(height)]
        for i, loss in enumerate(self.losses):
            column = round(i * (width - 1) / max(len(self.losses) - 1, 1))
            row = round((high - loss) * (height - 1) / ((high - low) or 1.0))
            grid[row][column] = "*"
        rows = ["".join(row).rstrip() for row in grid]
        return "\n".join([f"{high:.3g}", *rows, f"{low:.3g}", f"rate {self.rates[0]:.1e} to {self.rates[-1]:.1e}"])


def lr_finder(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Iterable[Any],
    loss_of: Callable[[nn.Module, Any], Tensor],
    *,
    low: float = 1e-7,
    high: float = 10.0,
    steps: int = 100,
    smoothing: float = 0.9,
) -> RangeTest:
    """Run the range test, and put everything back: weights, buffers, modes, optimizer and random state.

    With several parameter groups, the last one gets the rate and the others keep their ratio to it.

    Args:
        model: is trained during the test and restored, also when ``loss_of`` raises.
        optimizer: over the parameters of ``model``.
        batches: training batches; begun again when they end before the test does.
        loss_of: the loss of the model on a batch, a scalar.
        low: the first rate.
        high: the last rate, above ``low``.
        steps: how many batches at most, at least 2.
        smoothing: weight of the past in the smoothed loss, from 0 to below 1.

    Raises:
        ValueError: an argument is out of its range, or there are no batches.
    """
    if not 0 < low < high:
        raise ValueError(f"low and high must satisfy 0 < low < high, not {low} and {high}")
    if steps < 2:
        raise ValueError(f"steps must be at least 2, not {steps}")
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must lie between 0 and below 1, not {smoothing}")
    saved = _State(model, optimizer)
    base = optimizer.param_groups[-1]["lr"]
    if not base > 0:
        raise ValueError(f"optimizer must have a positive learning rate to keep the ratios of its groups, not {base}")
    ratios = [group["lr"] / base for group in optimizer.param_groups]
    test, average = RangeTest(), 0.0
    try:
        model.train()
        supply = _endless(batches)
        for i in range(steps):
            rate = low * (high / low) ** (i / (steps - 1))
            for group, ratio in zip(optimizer.param_groups, ratios, strict=True):
                group["lr"] = rate * ratio
            optimizer.zero_grad()
            loss = loss_of(model, next(supply))
            if not math.isfinite(loss.item()):
                break
            loss.backward()
            optimizer.step()
            average = smoothing * average + (1 - smoothing) * loss.item()
            smoothed = average / (1 - smoothing ** (i + 1))
            test.rates.append(rate)
            test.losses.append(smoothed)
            if smoothed > DIVERGED * min(test.losses):
                break
    finally:
        saved.restore()
    return test


class _State:
    """All that a training step changes."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.model, self.optimizer = model, optimizer
        self.weights = copy.deepcopy(model.state_dict())
        self.steps = copy.deepcopy(optimizer.state_dict())
        self.modes = [(module, module.training) for module in model.modules()]
        self.gradients = [
            (weight, None if weight.grad is None else weight.grad.clone()) for weight in model.parameters()
        ]
        self.random = torch.get_rng_state()
        self.random_cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []

    def restore(self) -> None:
        self.model.load_state_dict(self.weights)
        self.optimizer.load_state_dict(self.steps)
        for module, training in self.modes:
            module.training = training
        for weight, gradient in self.gradients:
            weight.grad = gradient
        torch.set_rng_state(self.random)
        if self.random_cuda:
            torch.cuda.set_rng_state_all(self.random_cuda)


def _endless(batches: Iterable[Any]) -> Iterator[Any]:
    while True:
        empty = True
        for batch in batches:
            empty = False
            yield batch
        if empty:
            raise ValueError("batches must hold at least one batch, and be iterable more than once")
