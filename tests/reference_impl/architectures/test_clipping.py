"""Clipping against PyTorch's and by hand; the order of a step; scaled gradients."""

from __future__ import annotations

import math

import pytest
import torch
from bpcheck_reference.architectures.clipping import clip_gradients_, step_clipped
from torch import nn


def weights(*values: tuple[int, float], device: torch.device | str = "cpu") -> list[nn.Parameter]:
    made = [nn.Parameter(torch.zeros(n, dtype=torch.float64, device=device)) for n, _ in values]
    for weight, (n, value) in zip(made, values, strict=True):
        weight.grad = torch.full((n,), value, dtype=torch.float64, device=device)
    return made


def test_as_pytorch_and_by_hand(device: torch.device) -> None:
    ours, theirs = (weights((3, 3.0), (4, 4.0), device=device) for _ in range(2))
    norm, expected = clip_gradients_(ours, 1.0), nn.utils.clip_grad_norm_(theirs, 1.0)
    assert norm.item() == pytest.approx(math.sqrt(3 * 9 + 4 * 16), rel=1e-6)
    torch.testing.assert_close(norm.double(), expected, rtol=1e-6, atol=0)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-6, atol=1e-9)
    total = math.sqrt(sum(float(w.grad.square().sum()) for w in ours if w.grad is not None))
    assert total == pytest.approx(1, rel=1e-5)


def test_small_gradients_are_left_alone() -> None:
    ours = weights((3, 1e-3))
    clip_gradients_(ours, 1.0)
    assert ours[0].grad is not None
    assert ours[0].grad.tolist() == [1e-3] * 3


def test_a_used_up_generator_is_refused() -> None:
    """PyTorch clips nothing then, and says nothing."""
    model = nn.Linear(2, 2)
    model(torch.ones(1, 2)).sum().backward()
    generator = model.parameters()
    list(generator)
    with pytest.raises(ValueError, match="must hold gradients"):
        clip_gradients_(generator, 1.0)


def test_a_step_is_within_the_norm(device: torch.device) -> None:
    weight = nn.Parameter(torch.zeros(4, device=device))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    norm = step_clipped((weight * 100).sum(), optimizer, 0.5)
    assert norm.item() == pytest.approx(200)
    assert weight.norm().item() == pytest.approx(0.5, rel=1e-5)
    assert weight.grad is None


def test_scaled_gradients_are_unscaled_first(device: torch.device) -> None:
    weight = nn.Parameter(torch.zeros(4, device=device))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scaler = torch.amp.GradScaler(device.type, init_scale=65536.0)
    norm = step_clipped((weight * 0.01).sum(), optimizer, 1.0, scaler=scaler)
    assert norm.item() == pytest.approx(0.02, rel=1e-5)
    assert weight.norm().item() == pytest.approx(0.02, rel=1e-5)


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="max_norm must be positive, not 0"):
        clip_gradients_(weights((1, 1.0)), 0)
