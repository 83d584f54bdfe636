"""AdamW, with weight decay on weight matrices only.

Adam divides the gradient by its running size; an L2 term in the gradient is divided along, so that weights with large
gradients are hardly decayed. AdamW takes lr * decay * w off the weight itself: w <- w (1 - lr decay) - lr m^ /
(sqrt(v^) + eps). Biases and the scales of normalisation layers are not decayed: they are few, and pulling a scale to
zero is no regularisation.

Source: I. Loshchilov and F. Hutter, Decoupled Weight Decay Regularization, 2017, arXiv 1711.05101; fast.ai, Practical
Deep Learning for Coders (2018), part 1, lesson 5 (``use_wd_sched``).

Common mistakes: ``Adam(weight_decay=...)`` (BP304), decay on every parameter.

Practice: T4. Rules: BP304.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


def decay_groups(model: nn.Module, weight_decay: float = 0.01) -> list[dict[str, Any]]:
    """Two parameter groups: weights of two or more dimensions with decay, all others without.

    Args:
        model: only parameters that require grad are taken, shared ones once.
        weight_decay: not negative.

    Raises:
        ValueError: ``weight_decay`` is negative, or nothing is trainable.
    """
    if weight_decay < 0:
        raise ValueError(f"weight_decay must not be negative, but is {weight_decay}")
    weights = [p for p in model.parameters() if p.requires_grad]
    if not weights:
        raise ValueError("model must have parameters that require grad")
    decayed, free = [p for p in weights if p.dim() >= 2], [p for p in weights if p.dim() < 2]
    groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


def adamw(model: nn.Module, lr: float = 1e-3, *, weight_decay: float = 0.01) -> torch.optim.AdamW:
    """AdamW over :func:`decay_groups`."""
    if not lr > 0:
        raise ValueError(f"lr must be positive, not {lr}")
    return torch.optim.AdamW(decay_groups(model, weight_decay), lr=lr)
