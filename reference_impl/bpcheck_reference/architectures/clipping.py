"""Gradient clipping in the right place: after backward, on unscaled gradients, before the step.

All gradients are multiplied by min(1, max_norm / (norm + 1e-6)), where norm is the Euclidean norm of all of them
together. Directions stay, steps cannot explode. A recurrent network multiplies its gradient by the same matrix at
every time step, so single batches have gradients of a hundred times the usual size.

Source: R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training recurrent neural networks, 2012, arXiv
1211.5063; fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 4 (``learner.clip = 0.3``).

Common mistakes: no clipping (BP503); clipping before backward, after the step, or scaled gradients (BP504);
``model.parameters()`` read twice from one generator.

Practice: R3. Rules: BP503, BP504.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def clip_gradients_(parameters: Iterable[nn.Parameter], max_norm: float) -> Tensor:
    """Scale the gradients in place so that their common norm is at most ``max_norm``; the norm before that.

    Does what ``torch.nn.utils.clip_grad_norm_`` does, but refuses what that takes silently.

    Args:
        parameters: those without a gradient do not count.
        max_norm: positive.

    Raises:
        ValueError: ``max_norm`` is not positive, or there is no gradient at all: backward has not run yet, or an iterator was
            used up.
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm must be positive, not {max_norm}; leave the call out to clip nothing")
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        raise ValueError("parameters must hold gradients: call backward() first, and give a list or a fresh generator")
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g.float()) for g in gradients]))
    factor = (max_norm / (norm + 1e-6)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(factor.to(gradient.dtype))
    return norm


def step_clipped(
    loss: Tensor,
    optimizer: torch.optim.Optimizer,
    max_norm: float,
    *,
    scaler: torch.amp.GradScaler | None = None,
) -> Tensor:
    """Backward, unscale, clip, step, clear, in this order; the norm before clipping.

    Args:
        loss: a scalar with a graph.
        optimizer: its parameters are clipped together.
        max_norm: see :func:`clip_gradients_`.
        scaler: of mixed precision with float16.
    """
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    if scaler is None:
        loss.backward()
        norm = clip_gradients_(weights, max_norm)
        optimizer.step()
    else:
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        norm = clip_gradients_(weights, max_norm)
        scaler.step(optimizer)
        scaler.update()
    optimizer.zero_grad()
    return norm
