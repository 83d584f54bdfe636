"""AdamW against its update written by hand."""

from __future__ import annotations

import pytest
import torch
from bpcheck_reference.training.decay_groups import adamw, decay_groups
from torch import nn


def test_the_update_by_hand(device: torch.device) -> None:
    """w (1 - lr d) - lr m^ / (sqrt(v^) + eps), m and v with bias correction, in float64 to 1e-12."""
    model = nn.Linear(3, 2).double().to(device)
    optimizer = adamw(model, lr=0.01, weight_decay=0.1)
    w, b = model.weight.detach().clone(), model.bias.detach().clone()
    m, v, mb, vb = (torch.zeros_like(t) for t in (w, w, b, b))
    for t in range(1, 6):
        gw, gb = torch.randn_like(w), torch.randn_like(b)
        model.weight.grad, model.bias.grad = gw.clone(), gb.clone()
        optimizer.step()
        m, v = 0.9 * m + 0.1 * gw, 0.999 * v + 0.001 * gw**2
        mb, vb = 0.9 * mb + 0.1 * gb, 0.999 * vb + 0.001 * gb**2
        w = w * (1 - 0.01 * 0.1) - 0.01 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
        b = b - 0.01 * (mb / (1 - 0.9**t)) / ((vb / (1 - 0.999**t)).sqrt() + 1e-8)
        torch.testing.assert_close(model.weight.detach(), w, rtol=0, atol=1e-12)
        torch.testing.assert_close(model.bias.detach(), b, rtol=0, atol=1e-12)


def test_decay_does_not_depend_on_the_gradient() -> None:
    """With zero gradients each step takes lr * decay off a weight and nothing off a bias; Adam's L2 would take lr."""
    model = nn.Linear(2, 2)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.fill_(1.0)
    optimizer = adamw(model, lr=0.1, weight_decay=0.5)
    model.weight.grad, model.bias.grad = torch.zeros(2, 2), torch.zeros(2)
    optimizer.step()
    assert model.weight.flatten().tolist() == pytest.approx([0.95] * 4)
    assert model.bias.tolist() == [1.0, 1.0]


def test_which_parameters_decay() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Embedding(3, 2), nn.Linear(2, 2))
    model[3].weight.requires_grad_(False)
    decayed, free = decay_groups(model)
    assert [id(p) for p in decayed["params"]] == [id(model[0].weight), id(model[2].weight)]
    assert {id(p) for p in free["params"]} == {id(p) for p in (model[0].bias, *model[1].parameters(), model[3].bias)}
    assert (decayed["weight_decay"], free["weight_decay"]) == (0.01, 0.0)


def test_shared_parameters_stand_once() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    assert sum(len(group["params"]) for group in decay_groups(model)) == 3


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="weight_decay must not be negative, but is -1"):
        decay_groups(nn.Linear(2, 2), -1)
    with pytest.raises(ValueError, match="require grad"):
        decay_groups(nn.ReLU())
    with pytest.raises(ValueError, match="lr must be positive, not 0"):
        adamw(nn.Linear(2, 2), 0)
