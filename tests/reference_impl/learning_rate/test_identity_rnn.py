"""The identity keeps a state exactly; default weights lose it."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.learning_rate.identity_rnn import identity_rnn_
from torch import nn
from torch.autograd.functional import jacobian


def test_a_state_is_kept_for_500_steps(device: torch.device) -> None:
    rnn = identity_rnn_(nn.RNN(3, 8, nonlinearity="relu", batch_first=True)).to(device)
    state = torch.rand(1, 2, 8, device=device) + 0.1
    _, last = rnn(torch.zeros(2, 500, 3, device=device), state)
    assert torch.equal(last, state)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_the_jacobian_is_a_power_of_the_scale(scale: float) -> None:
    """d h_T / d h_0 = scale^T I where all states are positive."""
    rnn = identity_rnn_(nn.RNN(2, 5, nonlinearity="relu").double(), scale=scale)
    x = torch.zeros(6, 1, 2, dtype=torch.float64)
    found = jacobian(lambda h: rnn(x, h.view(1, 1, 5))[1].flatten(), torch.rand(5, dtype=torch.float64) + 0.5)
    assert torch.equal(found, scale**6 * torch.eye(5, dtype=torch.float64))


def test_default_weights_forget() -> None:
    rnn = nn.RNN(2, 48, nonlinearity="relu")
    start = torch.rand(1, 1, 48, requires_grad=True)
    rnn(torch.zeros(60, 1, 2), start)[1].sum().backward()
    assert start.grad is not None
    assert start.grad.norm() < 1e-6


def test_all_layers_directions_and_cells() -> None:
    rnn = identity_rnn_(nn.RNN(3, 4, num_layers=2, bidirectional=True, nonlinearity="relu"))
    hidden = [weight for name, weight in rnn.named_parameters() if "weight_hh" in name]
    assert len(hidden) == 4
    assert all(torch.equal(weight, torch.eye(4)) for weight in hidden)
    assert all(not weight.any() for name, weight in rnn.named_parameters() if "bias" in name)
    assert rnn.get_parameter("weight_ih_l0").std() < 0.01
    cell = identity_rnn_(nn.RNNCell(3, 4, nonlinearity="relu"))
    assert torch.equal(cell.weight_hh, torch.eye(4))


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="nonlinearity='relu', not 'tanh'"):
        identity_rnn_(nn.RNN(2, 3))
    with pytest.raises(ValueError, match="scale must be positive, not 0"):
        identity_rnn_(nn.RNN(2, 3, nonlinearity="relu"), scale=0)
