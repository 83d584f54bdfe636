"""Cosine annealing, with a linear warm-up if wanted, counted in optimizer steps.

After ``warmup`` steps up, lr(t) = floor + (peak - floor) (1 + cos(pi t / T)) / 2 for t = 0 to T, then floor. One unit
is used throughout: steps of the optimizer. A schedule in epochs that is stepped per batch, or the reverse, is the
usual bug.

Source: I. Loshchilov and F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2016, arXiv 1608.03983,
equation 5; fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 2 (``use_clr``, ``cycle_len``).

Common mistakes: a constant rate (BP204), a schedule that is never stepped or in the wrong unit (BP207), steps
(BP205).

Practice: L3. Rules: BP204, BP205, BP207.
"""

from __future__ import annotations

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR


def cosine_factor(step: int, total: int, *, warmup: int = 0, floor: float = 0.0) -> float:
    """The share of the peak rate at optimizer step ``step``, counted from 0.

    Args:
        step: negative counts as 0; from ``total`` on the factor stays at ``floor``.
        total: steps in all, warm-up included.
        warmup: steps over which the factor climbs linearly, 1/(warmup + 1) at step 0, so that no step is lost.
        floor: the factor at the end, between 0 and 1.

    Raises:
        ValueError: ``total`` is below 1, ``warmup`` not between 0 and below ``total``, or ``floor`` out of range.
    """
    if total < 1:
        raise ValueError(f"total must be at least 1, not {total}")
    if not 0 <= warmup < total:
        raise ValueError(f"warmup must lie between 0 and below total ({total}), not {warmup}")
    if not 0 <= floor <= 1:
        raise ValueError(f"floor must lie between 0 and 1, not {floor}")
    step = max(step, 0)
    if step < warmup:
        return (step + 1) / (warmup + 1)
    progress = min((step - warmup) / (total - warmup), 1.0)
    return floor + (1 - floor) * (1 + math.cos(math.pi * progress)) / 2


def cosine_with_warmup(optimizer: Optimizer, total: int, *, warmup: int = 0, floor: float = 0.0) -> LambdaLR:
    """A scheduler to be stepped after each ``optimizer.step()``. Every parameter group keeps its ratio to the others.

    Args:
        optimizer: its present rates are the peaks.
        total: optimizer steps in all: ``epochs * len(loader)``, divided by the accumulation.
        warmup: see :func:`cosine_factor`.
        floor: see :func:`cosine_factor`.
    """
    cosine_factor(0, total, warmup=warmup, floor=floor)  # complains at once, not at the first step
    return LambdaLR(optimizer, lambda step: cosine_factor(step, total, warmup=warmup, floor=floor))
