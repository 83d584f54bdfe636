"""The cell against ``nn.RNN``, and what an unbounded one does."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.activations.tanh_cell import TanhCell
from torch import nn


def test_as_pytorchs_layer(device: torch.device) -> None:
    cell = TanhCell(3, 5).double().to(device)
    rnn = nn.RNN(3, 5, batch_first=True).double().to(device)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(cell.from_input.weight)
        rnn.bias_ih_l0.copy_(cell.from_input.bias)
        rnn.weight_hh_l0.copy_(cell.from_state.weight)
        rnn.bias_hh_l0.copy_(cell.from_state.bias)
    xs = torch.randn(2, 7, 3, dtype=torch.float64, device=device)
    states, last = cell.unroll(xs)
    expected, final = rnn(xs)
    torch.testing.assert_close(states, expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(last, final[0], rtol=1e-12, atol=1e-12)


def test_the_state_stays_bounded_where_relu_explodes() -> None:
    """Recurrent weights with a spectral radius of 1.3, 200 steps."""
    cell = TanhCell(2, 32).double()
    with torch.no_grad():
        cell.from_state.weight.copy_(1.3 * torch.linalg.qr(torch.randn(32, 32, dtype=torch.float64))[0])
        start = torch.randn(4, 32, dtype=torch.float64)
        xs = torch.zeros(4, 200, 2, dtype=torch.float64)
        assert cell.unroll(xs, start)[0].abs().max() < 1
        h = start
        for _ in range(200):
            h = cell.from_state(h)
        assert h.norm() > 1e6


def test_gradients() -> None:
    cell = TanhCell(2, 3).double()
    x, h = (
        torch.randn(2, 2, dtype=torch.float64, requires_grad=True),
        torch.randn(2, 3, dtype=torch.float64, requires_grad=True),
    )
    assert torch.autograd.gradcheck(cell, (x, h))


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="hidden must be at least 1, not 0"):
        TanhCell(2, 0)
    with pytest.raises(ValueError, match="one time step or more"):
        TanhCell(2, 3).unroll(torch.zeros(1, 0, 2))
