"""The cell against PyTorch's; padding has no say."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.architectures.gru import GRUCell, GRUClassifier
from torch import nn


def test_as_pytorchs_cell(device: torch.device) -> None:
    ours, theirs = GRUCell(3, 5).double().to(device), nn.GRUCell(3, 5).double().to(device)
    with torch.no_grad():
        theirs.weight_ih.copy_(ours.from_input.weight)
        theirs.bias_ih.copy_(ours.from_input.bias)
        theirs.weight_hh.copy_(ours.from_state.weight)
        theirs.bias_hh.copy_(ours.from_state.bias)
    x, h = torch.randn(4, 3, dtype=torch.float64, device=device), torch.randn(4, 5, dtype=torch.float64, device=device)
    torch.testing.assert_close(ours(x, h), theirs(x, h), rtol=1e-12, atol=1e-12)
    with torch.no_grad():
        ours.from_input.bias[5:10] = 50.0  # the update gate says keep
    torch.testing.assert_close(ours(x, h), h, rtol=1e-6, atol=1e-6)


def test_gradients() -> None:
    cell = GRUCell(2, 3).double()
    x, h = (
        torch.randn(2, 2, dtype=torch.float64, requires_grad=True),
        torch.randn(2, 3, dtype=torch.float64, requires_grad=True),
    )
    assert torch.autograd.gradcheck(cell, (x, h))


def test_padding_has_no_say(device: torch.device) -> None:
    model = GRUClassifier(9, 3, embedding=4, hidden=6).to(device).eval()
    tokens = torch.tensor([[1, 2, 3, 4, 5], [6, 7, 0, 0, 0]], device=device)
    lengths = torch.tensor([5, 2])
    alone = model(tokens[1:, :2], lengths[1:])
    torch.testing.assert_close(model(tokens, lengths)[1:], alone)
    tokens[1, 2:] = 8
    torch.testing.assert_close(model(tokens, lengths)[1:], alone)
    states, last = model.states(tokens, lengths)
    assert states.shape == (2, 5, 6)
    torch.testing.assert_close(states[1, 1], last[1])
    assert not states[1, 2:].any()


def test_it_learns_what_came_first() -> None:
    """The class is the first of eight tokens: it has to be kept to the end."""
    model = GRUClassifier(6, 2, embedding=8, hidden=16, dropout=0.0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(120):
        tokens = torch.randint(1, 6, (64, 8))
        labels = (tokens[:, 0] > 3).long()
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(tokens, torch.full((64,), 8)), labels).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    tokens = torch.randint(1, 6, (200, 8))
    predicted = model.eval()(tokens, torch.full((200,), 8)).argmax(1)
    assert (predicted == (tokens[:, 0] > 3)).float().mean() > 0.95


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="lengths must be at least 1, but the shortest is 0"):
        GRUClassifier(5, 2)(torch.ones(2, 3, dtype=torch.long), torch.tensor([3, 0]))
    with pytest.raises(ValueError, match="inputs must be at least 1, not 0"):
        GRUCell(0, 2)
