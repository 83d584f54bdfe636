"""AdamW with the shorter memory of the course's recurrent language models.

The first moment averages over about 1 / (1 - beta1) steps: ten with 0.9, five with 0.8, three with 0.7. Steps of a
language model differ more than those of an image classifier, and its rate changes fast in a one-cycle schedule.
Transformers are trained with other values: (0.9, 0.95) for pretraining.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 2, lesson 10 (``partial(optim.Adam, betas=(0.8,
0.99))``), part 1, lesson 4 (0.7, 0.99).

Common mistakes: default betas in a recurrent text model (BP501).

Practice: R1. Rules: BP501.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import torch
from torch import nn

BETAS = {"language-model": (0.8, 0.99), "classifier": (0.7, 0.99)}


def nlp_adam(
    parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]],
    lr: float,
    *,
    task: Literal["language-model", "classifier"] = "language-model",
    weight_decay: float = 1e-6,
) -> torch.optim.AdamW:
    """AdamW for a recurrent text model.

    Args:
        parameters: parameters or parameter groups.
        lr: positive.
        task: which of :data:`BETAS`.
        weight_decay: decoupled, not negative.

    Raises:
        ValueError: an argument is out of range.
    """
    if task not in BETAS:
        raise ValueError(f"task must be one of {', '.join(map(repr, BETAS))}, not {task!r}")
    if not lr > 0:
        raise ValueError(f"lr must be positive, not {lr}")
    if weight_decay < 0:
        raise ValueError(f"weight_decay must not be negative, but is {weight_decay}")
    return torch.optim.AdamW(parameters, lr=lr, betas=BETAS[task], weight_decay=weight_decay)
