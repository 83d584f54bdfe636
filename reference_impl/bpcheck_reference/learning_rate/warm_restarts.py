"""SGDR: cosine annealing that begins again, in the course's two set-ups.

Within a cycle of T epochs, lr(t) = floor + (peak - floor) (1 + cos(pi t / T)) / 2. Set-up one repeats a cycle of one
length: (length 1, factor 1) three times are 3 epochs. Set-up two doubles it: (length 1, factor 2) three times are 1 +
2 + 4 = 7 epochs. A run should end where a cycle ends: in between the rate is high and the network worse.

Source: I. Loshchilov and F. Hutter, SGDR, 2016, arXiv 1608.03983; fast.ai, Practical Deep Learning for Coders (2018),
part 1, lesson 2 (``fit(lr, 3, cycle_len=1)`` and ``fit(lr, 3, cycle_len=1, cycle_mult=2)``); snapshots: G. Huang et
al., Snapshot Ensembles, 2017, arXiv 1704.00109.

Common mistakes: a run that ends in the middle of a cycle (BP206).

Practice: L4. Rules: BP206.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn


def cycle_ends(length: int, factor: int, cycles: int) -> list[int]:
    """The epochs after which a cycle ends: (1, 2, 3) gives 1, 3, 7.

    Raises:
        ValueError: an argument is below 1.
    """
    for name, value in (("length", length), ("factor", factor), ("cycles", cycles)):
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}")
    ends, total = [], 0
    for k in range(cycles):
        total += length * factor**k
        ends.append(total)
    return ends


def restart_factor(epoch: float, length: int, factor: int = 1, *, floor: float = 0.0) -> float:
    """The share of the peak rate at ``epoch``, which may be a fraction (batches within an epoch).

    Args:
        epoch: not negative.
        length: epochs of the first cycle, at least 1.
        factor: by how much each cycle is longer than the one before, at least 1.
        floor: the share at the end of a cycle, between 0 and 1.

    Raises:
        ValueError: an argument is out of its range.
    """
    if epoch < 0:
        raise ValueError(f"epoch must not be negative, but is {epoch}")
    if not 0 <= floor <= 1:
        raise ValueError(f"floor must lie between 0 and 1, not {floor}")
    cycle_ends(length, factor, 1)
    current = float(length)
    while epoch >= current:
        epoch -= current
        current *= factor
    return floor + (1 - floor) * (1 + math.cos(math.pi * epoch / current)) / 2


class SnapshotEnsemble:
    """The networks at the ends of the cycles, and their mean prediction."""

    def __init__(self) -> None:
        self.snapshots: list[nn.Module] = []

    def add(self, model: nn.Module) -> None:
        """Keep a copy of ``model``, in eval mode. Call it when a cycle ends."""
        self.snapshots.append(copy.deepcopy(model).eval())

    @torch.no_grad()
    def predict(self, inputs: Tensor) -> Tensor:
        """The mean of the snapshots' probabilities, shape ``(batch, classes)``.

        Raises:
            ValueError: there is no snapshot yet.
        """
        if not self.snapshots:
            raise ValueError("no snapshot has been added")
        return torch.stack([model(inputs).softmax(dim=1) for model in self.snapshots]).mean(dim=0)


def best_ends(total: int, length: int, factor: int) -> Sequence[int]:
    """The lengths of run below and above ``total`` epochs that end with a cycle; one, if ``total`` is such a length."""
    before, k = 0, 1
    while (end := cycle_ends(length, factor, k)[-1]) < total:
        before, k = end, k + 1
    return (end,) if end == total or not before else (before, end)
