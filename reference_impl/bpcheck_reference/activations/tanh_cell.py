"""A recurrent cell whose state stays bounded: tanh between hidden states.

h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), so |h| < 1 however long the sequence. With ReLU or nothing there,
the state is multiplied by W_hh at every step and explodes as soon as its largest singular value exceeds 1.

Source: fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 6 (``F.relu`` for the input path,
``F.tanh`` for the hidden one).

Common mistakes: no activation or a sigmoid between hidden states (BP411).

Practice: A4. Rules: BP411.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class TanhCell(nn.Module):
    """The plain recurrent cell, the same function as ``nn.RNNCell``.

    Args:
        inputs: width of the input.
        hidden: width of the state.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        for name, value in (("inputs", inputs), ("hidden", hidden)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, not {value}")
        self.from_input = nn.Linear(inputs, hidden)
        self.from_state = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor, state: Tensor | None = None) -> Tensor:
        """The next state, shape ``(batch, hidden)``.

        Args:
            x: shape ``(batch, inputs)``.
            state: shape ``(batch, hidden)``; zeros without one.
        """
        if state is None:
            state = x.new_zeros(len(x), self.from_state.in_features)
        return torch.tanh(self.from_input(x) + self.from_state(state))

    def unroll(self, xs: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """All states, shape ``(batch, time, hidden)``, and the last one, from inputs ``(batch, time, inputs)``.

        Raises:
            ValueError: there is no time step.
        """
        if xs.dim() != 3 or not xs.shape[1]:
            raise ValueError(
                f"xs must have shape (batch, time, inputs) with one time step or more, not {tuple(xs.shape)}"
            )
        states = []
        for x in xs.unbind(dim=1):
            state = self(x, state)
            states.append(state)
        return torch.stack(states, dim=1), states[-1]
