"""IRNN: a ReLU recurrence that starts as the identity.

With W_hh = I and zero biases, h_t = relu(W_ih x_t + h_(t-1)) keeps its state for as long as no input comes: the
Jacobian of one step is I, so gradients neither vanish nor explode at the start of training. A ReLU recurrence with
PyTorch's default weights forgets within a few steps. It helps plain ReLU recurrences; gated cells need none of it.

Source: Q. Le, N. Jaitly, G. Hinton, A Simple Way to Initialize Recurrent Networks of Rectified Linear Units, 2015,
arXiv 1504.00941; fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6.

Common mistakes: ReLU between hidden states with default weights (BP208).

Practice: L5. Rules: BP208.
"""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def identity_rnn_(rnn: nn.RNN | nn.RNNCell, *, scale: float = 1.0, input_std: float = 0.001) -> nn.RNN | nn.RNNCell:
    """Set all layers and directions of ``rnn`` in place: W_hh = scale * I, W_ih normal, biases zero. Returns it.

    Args:
        rnn: with ``nonlinearity="relu"``.
        scale: 1 keeps the state; the paper uses 0.01 where only short memory is wanted.
        input_std: standard deviation of the input weights; the paper uses 0.001.

    Raises:
        ValueError: the nonlinearity is not ReLU, or a scale is not positive.
    """
    if rnn.nonlinearity != "relu":
        raise ValueError(f"rnn must have nonlinearity='relu', not {rnn.nonlinearity!r}")
    for name, value in (("scale", scale), ("input_std", input_std)):
        if not value > 0:
            raise ValueError(f"{name} must be positive, not {value}")
    for name, weight in rnn.named_parameters():
        if "weight_hh" in name:
            weight.copy_(scale * torch.eye(len(weight)))
        elif "weight_ih" in name:
            nn.init.normal_(weight, std=input_std)
        else:
            nn.init.zeros_(weight)
    return rnn
